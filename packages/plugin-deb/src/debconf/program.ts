import { exitStatus } from './exit-statuses.ts'

/**
 * Writes answers into debconf's database, by debconf's own library, which every host with debconf has, as it has perl. The answers come on its input with
 * their values in hex, so they are never in a file of ours, an argument or the environment. The package's own templates are loaded first, so that a
 * password is stored as one. It writes all answers or none: input without `end` is incomplete. Then it reads the database again, because debconf silently
 * drops values that it does not accept.
 * Arguments: `check` (which writes nothing) or `set`, the package, a file of its templates.
 */
export const debconfProgram = String.raw`use strict;
use warnings;
my ($mode, $package, $templates) = @ARGV;
my (@answers, $ended);
binmode STDIN;
while (my $line = <STDIN>) {
  chomp $line;
  if ($line =~ /^end (\d+)$/) { $ended = $1 == @answers; last }
  my ($question, $owner, $type, $hex) = split / /, $line, -1;
  push @answers, { question => $question, owner => $owner, type => $type, value => pack('H*', $hex) };
}
unless ($ended) { print STDERR "the answers arrived incomplete\n"; exit ${exitStatus.incomplete} }
eval { require Debconf::Log; require Debconf::Db; require Debconf::Template; require Debconf::Question; 1 }
  or do { print STDERR "debconf is not installed\n"; exit ${exitStatus.absent} };
sub write_all {
  Debconf::Db->load;
  Debconf::Template->load($templates, $package) if -s $templates;
  my @unknown;
  for my $a (@answers) {
    my $q = Debconf::Question->get($a->{question});
    if (!$q && $a->{type} ne '-') {
      my $t = Debconf::Template->new($a->{question}, $a->{owner}, $a->{type});
      $t->description('Answered before it was asked');
      $q = Debconf::Question->get($a->{question});
    }
    if (!$q) { push @unknown, $a->{question}; next }
    $q->value($a->{value});
    $q->flag('seen', 'true');
  }
  if (@unknown) { print STDERR "not asked: @unknown\n"; exit ${exitStatus.unknown} }
  Debconf::Db->save if $mode eq 'set';
  exit 0;
}
my $pid = fork;
defined $pid or die "fork: $!";
write_all() if !$pid;
waitpid $pid, 0;
exit($? >> 8 || 1) if $?;
exit 0 if $mode ne 'set';
Debconf::Db->load(readonly => 'true');
my @lost = grep { my $q = Debconf::Question->get($_->{question}); !$q || !defined $q->value || $q->value ne $_->{value} } @answers;
if (@lost) { print STDERR 'not kept: ', join(' ', map { $_->{question} } @lost), "\n"; exit ${exitStatus.notStored} }
`
