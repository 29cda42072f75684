# == functions
release_require_link() { [ ! -e "$current" ] || [ -L "$current" ] || { echo "$current is not a link" >&2; exit 64; }; }
release_make_folder() { [ -d "$1" ] || { case $1 in /*/*) release_make_folder "${1%/*}" || return ;; esac; mkdir -- "$1" || [ -d "$1" ]; }; }
release_fail_write() {
case $(df -P "${1%/*}" 2>/dev/null | sed -n '$s/^.* \([0-9][0-9]*\)  *[0-9-][0-9]*% .*$/\1/p') in 0) why='no space left on the disk' ;; *) why='no permission, or the disk or a quota is full' ;; esac
echo "$1 cannot be written: $why" >&2; exit 68
}
release_find_live() {
to=$(cd -P -- "$current" 2>/dev/null && pwd -P) && root=$(cd -P -- "$releases" 2>/dev/null && pwd -P) || return 0
to=${to#"$root"/}; case $to in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) ;; *) printf '%s\n' "$to" ;; esac
}
release_describe_current() { to=$(release_find_live); if [ -n "$to" ]; then printf '%s\n' "$to"; elif [ -e "$current" ] || [ -L "$current" ]; then echo '?'; else echo -; fi; }
release_note() { { [ ! -s "$DF_STATE/journal" ] || [ -z "$(tail -c 1 -- "$DF_STATE/journal")" ] || echo >>"$DF_STATE/journal"; } && printf '%s %s %s %s\n' "$@" >>"$DF_STATE/journal"; }
release_settle() {
if [ "$(release_describe_current)" = "$to" ]; then
  case $spoilt in - | '?' | "$to") ;; *) : >"$DF_STATE/bad/$spoilt" ;; esac || return
  [ "$(tail -n 1 -- "$DF_STATE/journal" 2>/dev/null)" = "$at $verb $to $by" ] || release_note "$at" "$verb" "$to" "$by" || return
elif [ "$verb" = switch ] && [ -e "$DF_STATE/complete/$to" ]; then mv -f -- "$DF_STATE/complete/$to" "$DF_STATE/begun/$to" || return
fi
rm -f -- "$DF_STATE/switching"
}
release_recover() {
for link in "$fresh".*; do [ ! -L "$link" ] || rm -f -- "$link"; done
[ ! -s "$DF_STATE/switching" ] || { read -r at verb to by spoilt <"$DF_STATE/switching"; release_settle; }
}
release_list_adoptable() {
id=$(release_find_live) form= six='[0-9][0-9][0-9][0-9][0-9][0-9]'
[ -n "$id" ] && [ ! -e "$DF_STATE/complete/$id" ] || return 0
case $id in $six-$six) form=$six-$six ;; $six$six[0-9][0-9]) form=$six$six[0-9][0-9] ;; esac
[ -z "$form" ] || [ -e "$DF_STATE/journal" ] || for each in "$releases"/$form; do
  [ "$each" != "$releases/$id" ] || break
  [ -d "$each" ] && [ ! -L "$each" ] && [ -n "$(ls -A -- "$each" 2>/dev/null)" ] || continue
  [ ! -e "$releases/$id/REVISION" ] || [ -e "$each/REVISION" ] || continue
  printf '%s\n' "${each##*/}"
done
printf '%s\n' "$id"
}
release_adopt() {
names=$(release_list_adoptable) at=$(date +%s)
[ -n "$names" ] || return 0
{ cat -- "$DF_STATE/journal" 2>/dev/null || :; for each in $names; do printf '%s adopt %s %s\n' "$at" "$each" "${DF_RUN##*/}"; done; } >"$DF_STATE/journal.new"
for each in $names; do : >"$DF_STATE/complete/$each"; done
mv -f -- "$DF_STATE/journal.new" "$DF_STATE/journal"; echo adopted: $names
}
release_look() {
if [ "$1" = file ] && [ -d "$shared/$2" ]; then echo "$shared/$2 should be a file, but is a directory" >&2; problems=yes
elif [ "$1" = dir ] && [ -e "$shared/$2" ] && [ ! -d "$shared/$2" ]; then echo "$shared/$2 should be a directory, but is a file" >&2; problems=yes
elif [ "$3" = error ] && [ ! -e "$shared/$2" ]; then echo "missing: $shared/$2" >&2; problems=yes
fi
}
release_create() { [ -e "$2" ] || [ -L "$2" ] || if [ "$1" = dir ]; then release_make_folder "$2" || exit; else : >"$2"; fi; }
release_make_room() {
[ "$1" != "$release" ] || return 0
release_make_room "${1%/*}" || return
if [ ! -L "$1" ]; then [ -d "$1" ] || mkdir -- "$1"; return; fi
case $(cd -P -- "$1" 2>/dev/null && pwd -P)/ in "$real_release"/*) ;; *) echo "$1 is a link that leads out of the release" >&2; return 67 ;; esac
}
release_clear() {
release_make_room "${1%/*}" || return
[ -e "$1" ] || [ -L "$1" ] || return 0
backup=$release/.shipped/${1#"$release"/}; release_make_room "${backup%/*}" || return
while [ -e "$backup" ] || [ -L "$backup" ]; do backup=$backup~; done; mv -- "$1" "$backup"
}
release_lay() { [ "$(readlink -- "$release/$1" 2>/dev/null)" = "$shared/$1" ] || { release_clear "$release/$1" && ln -s -- "$shared/$1" "$release/$1"; }; }
release_line() { printf '%s%s\n' "$1" "${2-}" || release_fail_write "$file"; }
release_swap() {
why=$(mv -fT -- "$1" "$2" 2>&1) || mv -fh -- "$1" "$2" 2>/dev/null ||
  { [ ! -e "$2" ] && rm -f -- "$2" && mv -f -- "$1" "$2"; } ||
  perl -e 'exit !rename $ARGV[0], $ARGV[1]' "$1" "$2" 2>/dev/null || { printf '%s\n' "$why" >&2; return 1; }
}
release_save() { file=$1; shift; printf '%s\n' "$@" >"$file.new" && mv -f -- "$file.new" "$file"; }
release_point() {
at=$(date +%s) verb=$2 to=$3 by=${DF_RUN##*/} spoilt=$4
release_save "$DF_STATE/switching" "$at $verb $to $by $spoilt" || [ "$verb" = undo ] || release_fail_write "$DF_STATE/switching"
[ "$verb" != switch ] || [ ! -e "$DF_STATE/begun/$to" ] || mv -f -- "$DF_STATE/begun/$to" "$DF_STATE/complete/$to"
rm -f -- "$fresh.$by"
if [ -z "$1" ]; then rm -f -- "$current"
else ln -s -- "$1" "$fresh.$by" && release_swap "$fresh.$by" "$current" || { rm -f -- "$fresh.$by"; false; }
fi || exit 71
release_settle || [ "$verb" = undo ] || release_fail_write "$DF_STATE/journal"
sync -f "$DF_STATE" 2>/dev/null || sync
}
release_has_mount() { if [ -r /proc/self/mountinfo ]; then grep -qF -e "/$1/" -e "/$1 " /proc/self/mountinfo; else mount | grep -qF -e "/$1/" -e "/$1 "; fi; [ "$?" != 1 ]; }
release_same_mount() { [ -n "$(df -P "$1" "$2" 2>/dev/null | sed -n -e 's/^.*% //' -e 2h -e '3{' -e G -e '/^\(.*\)\n\1$/p' -e '}')" ]; }
release_discard() {
if release_same_mount "$DF_STATE" "$releases"; then bin=$DF_STATE/trash; else bin=$releases/.trash; fi
{ [ ! -L "$bin" ] || rm -f -- "$bin"; } && { [ -d "$bin" ] || mkdir -- "$bin"; } || return
n=0; while [ -e "$bin/$1.$n" ]; do n=$((n + 1)); done
mv -- "$releases/$1" "$bin/$1.$n" || return
rm -f -- "$DF_STATE/complete/$1" "$DF_STATE/begun/$1" "$DF_STATE/bad/$1"
}
release_empty() {
incomplete=
for full in "$DF_STATE/trash" "$releases/.trash"; do
  [ -d "$full" ] && [ ! -L "$full" ] || continue
  rm -rf -- "$full" 2>/dev/null && continue
  find "$full" -xdev -type d ! -perm -u=wx -exec chmod u+rwx {} + 2>/dev/null || :
  why=$(rm -rf -- "$full" 2>&1) || { printf '%s\n' "$why" | head -n 5 >&2; incomplete=yes; }
done; [ -z "$incomplete" ]
}
release_read_journal() {
all= bad= spoilt=
[ ! -s "$DF_STATE/switching" ] || read -r at verb to by spoilt <"$DF_STATE/switching" || :
for each in $(sed -n -e 's/^[^ ]* adopt /- switch /' -e 's/^[^ ]* switch \([A-Za-z0-9][A-Za-z0-9._-]*\) [^ ]*$/\1/p' "$DF_STATE/journal" 2>/dev/null); do
  [ -e "$DF_STATE/complete/$each" ] && [ -d "$releases/$each" ] && [ ! -L "$releases/$each" ] || continue
  all="$each $all"
  if [ -e "$DF_STATE/bad/$each" ] || [ "$each" = "$spoilt" ]; then bad="$each $bad"; fi
done
}
release_gather() {
part=/${releases##*/}/ links=/proc/self/cwd fds=/proc/self/fd maps=
for process in /proc/[0-9]*; do
  [ ! -r "$process/fd" ] || links="$links $process/cwd $process/exe $process/root" fds="$fds $process/fd" maps="$maps $process/maps"
done
uses="$({
  ls -n $links | sed -n 's#^.* /proc/\([0-9]*\)/[a-z]* -> #\1 #p'
  ls -n $fds | sed -n -e '/^\/proc\/.*:$/{' -e 's/[^0-9]//g' -e h -e d -e '}' -e '/ -> \//{' -e G -e 's/^.* -> \(.*\)\n\(.*\)$/\2 \1/p' -e '}'
  grep -F -- "$part" /dev/null $maps | sed 's#^/proc/\([0-9]*\)/maps:#\1 #'
  tail -n +1 /proc/[0-9]*/cmdline | tr '\0' ' ' | sed -n -e '/^==> \/proc\/.* <==$/{' -e 's/[^0-9]//g' -e h -e d -e '}' -e G -e 's/^\(.*\)\n\(.*\)$/\2 \1/p'
} 2>/dev/null | grep -F -- "$part" || :) "
}
release_holder() {
line=$(printf '%s\n' "$uses" | grep -e "/$1[/ ]" -e "/$1\$" | head -n 1); [ -n "$line" ] || return 1
name=; read -r name 2>/dev/null <"/proc/${line%% *}/comm" || :
echo "process ${line%% *} $name"
}
release_wrong() { printf '%s\n' "$*" >&2; problems=yes; }
release_writable() {
place=$1
while [ ! -e "$place" ] && [ ! -L "$place" ] && [ "$place" != / ]; do
  place=${place%/*}
  [ -n "$place" ] || place=/
done
case $visited in *":$place:"*) return ;; esac
visited=$visited$place:
if [ ! -d "$place" ]; then release_wrong "$place is not a directory"
elif [ ! -w "$place" ] || [ ! -x "$place" ]; then release_wrong "$place is not writable by $(id -un 2>/dev/null || id -u)"
fi
}
release_print() { printf '%-10s %s\n' "$1" "$2"; }

# == prepare
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab
release_require_link
for each in /srv/shop "$releases" "$DF_STATE/begun" "$DF_STATE/complete" "$DF_STATE/bad"; do release_make_folder "$each" || release_fail_write "$each"; done
release_recover; release_adopt
umask g+w
for each in /srv/shop/shared /srv/shop/shared/log /srv/shop/shared/app; do release_make_folder "$each" || release_fail_write "$each"; done

# == check-linked
shared=/srv/shop/shared problems=
release_look dir media create
release_look file app/settings.py error
release_look file log/it.log link
[ -z "$problems" ] || exit 65
umask g+w
release_create dir "$shared"/media

# == tell-missing
missing=
for each in 'conf/a b'; do [ -e /srv/shop/shared/"$each" ] || missing="$missing $each"; done
[ -z "$missing" ] || { echo "${missing# }" >&2; exit 65; }

# == create
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab release=250101-120000
taken=$(ls -d -- "$releases/$release" "$DF_STATE/begun/$release" "$DF_STATE/complete/$release" "$DF_STATE/bad/$release" 2>/dev/null) || :
[ -z "$taken" ] || { echo "$taken exists" >&2; exit 66; }
(set -C; printf '%s\n' "$DF_R" >"$DF_STATE/begun/$release") || release_fail_write "$DF_STATE/begun/$release"
mkdir -- "$releases/$release" || release_fail_write "$releases/$release"

# == link
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab shared=/srv/shop/shared release=/srv/shop/releases/250101-120000 real_release=$(cd -P -- "$release" && pwd -P)
release_lay media
release_lay app/settings.py
release_lay log/it.log

# == environment
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab
release="$releases"/250101-120000
real_release=$(cd -P -- "$release" && pwd -P)
file="$release"/.env
release_clear "$file" || exit
new=$file.dragonfab
umask 077
rm -f -- "$new"
set -C
{
  release_line 'A=1'
release_line 'B="two words"'
} >"$new"
chgrp -- www-data "$new" || exit 74
chmod 640 "$new"
release_swap "$new" "$file"

# == publish
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab release=250101-120000 was=$(release_describe_current)
release_require_link
[ -d "$releases/$release" ] || { echo "$releases/$release does not exist" >&2; exit 69; }
release_save "$DF_RUN/previous" "$was" "$(readlink -- "$current" 2>/dev/null || :)" || release_fail_write "$DF_RUN/previous"
sync -f "$releases/$release" 2>/dev/null || sync
release_point releases/250101-120000 switch "$release" -
echo "current: $was -> $release"

# == rollback
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab release=250101-120000 was=$(release_describe_current)
release_require_link
[ -d "$releases/$release" ] || { echo "$releases/$release does not exist" >&2; exit 69; }
release_save "$DF_RUN/previous" "$was" "$(readlink -- "$current" 2>/dev/null || :)" || release_fail_write "$DF_RUN/previous"
sync -f "$releases/$release" 2>/dev/null || sync
[ -e "$DF_STATE/bad/$was" ] || printf '%s\n' "$was" >"$DF_RUN/spoilt" || release_fail_write "$DF_RUN/spoilt"
release_point releases/250101-120000 rollback "$release" "$was"
echo "current: $was -> $release"

# == verify
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab release=250101-120000
if [ ! -d "$releases/$release" ]; then echo "$releases/$release does not exist" >&2
elif [ ! -e "$DF_STATE/complete/$release" ]; then echo "$release has no complete mark" >&2
elif [ -e "$DF_STATE/bad/$release" ]; then echo "$release is marked bad" >&2
else exit 0
fi
exit 69

# == put-back
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab release=250101-120000 now=$(readlink -- "$current" 2>/dev/null || :)
release_recover || echo 'the journal cannot be written' >&2
[ -f "$DF_RUN/previous" ] || { echo 'nothing was switched'; exit 0; }
{ read -r before; was=$(cat); } <"$DF_RUN/previous"
[ ! -f "$DF_RUN/spoilt" ] || rm -f -- "$DF_STATE/bad/$(cat -- "$DF_RUN/spoilt")"
if [ "$now" = "$was" ]; then echo "current is $before"
elif [ "$(release_find_live)" = "$release" ]; then
  release_point "$was" undo "$before" 250101-120000
  echo "current: $release -> $before"
else echo "$current points to $now, which is neither $release nor its previous target ($was)" >&2; exit 70
fi

# == discard
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab release=250101-120000
[ -f "$DF_STATE/begun/$release" ] && [ "$(cat -- "$DF_STATE/begun/$release")" = "$DF_R" ] || exit 0
[ ! -e "$DF_STATE/complete/$release" ] && [ -d "$releases/$release" ] && [ "$(release_find_live)" != "$release" ] || exit 0
if release_has_mount "$release"; then echo "something is mounted in $releases/$release" >&2; exit 1; fi
release_discard "$release"; release_empty

# == cleanup
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab release=250101-120000 keep=5 uses= warn= previous= now=$(release_find_live)
[ ! -f "$DF_RUN/previous" ] || read -r previous <"$DF_RUN/previous"
release_read_journal
good=0 bad=0 past= predecessor= doomed= keepers=' '
for each in $all; do
  if [ -e "$DF_STATE/bad/$each" ]; then bad=$((bad + 1)); [ "$good" -lt "$keep" ] && [ "$bad" -le "$keep" ]
  else good=$((good + 1)); [ -z "$past" ] || predecessor=${predecessor:-$each}; [ "$good" -le "$keep" ]
  fi && keepers="$keepers$each " || doomed="$each $doomed"
  [ "$each" != "$now" ] || past=yes
done
for each in "$DF_STATE"/begun/*; do [ ! -e "$each" ] || [ -e "$DF_STATE/complete/${each##*/}" ] || doomed="$doomed ${each##*/}"; done
for each in $doomed; do
  case "$keepers$now $release $previous $predecessor " in *" $each "*) continue ;; esac
  if [ ! -d "$releases/$each" ] || [ -L "$releases/$each" ]; then rm -f -- "$DF_STATE/begun/$each"; continue; fi
  [ -n "$uses" ] || release_gather
  if user=$(release_holder "$each"); then echo "kept $each: $user uses it"
  elif release_has_mount "$each"; then warn="$warn; something is mounted in $each"
  elif release_discard "$each"; then echo "removed $each"
  else warn="$warn; $each cannot be moved into the trash"
  fi
done
for mark in "$DF_STATE"/complete/* "$DF_STATE"/bad/*; do each=$releases/${mark##*/}; [ -d "$each" ] && [ ! -L "$each" ] || rm -f -- "$mark"; done
release_empty || warn="$warn; some files cannot be removed"
[ -z "$warn" ] || { echo "${warn#; }" >&2; exit 72; }

# == check
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab
shared=/srv/shop/shared
problems=
visited=:
for each in /srv/shop /srv/shop/releases /srv/shop/shared "$DF_STATE" /srv/shop; do release_writable "$each"; done
if [ -e "$current" ] && [ ! -L "$current" ]; then release_wrong "$current is not a link, so it cannot be switched"
elif [ -L "$current" ] && [ ! -d "$current" ]; then release_wrong "$current points to $(readlink -- "$current"), which is not a directory"
fi
release_look dir media create
release_look file app/settings.py error
release_look file log/it.log link
place=/srv/shop
while [ ! -d "$place" ]; do
  place=${place%/*}
  [ -n "$place" ] || place=/
done
free=$(df -Pk "$place" 2>/dev/null | sed -n '$s/.* \([0-9][0-9]*\)  *[0-9-][0-9]*% .*/\1/p')
[ -z "$free" ] || [ "$free" -ge 102400 ] || release_wrong "only $((free / 1024)) MiB are free in $place"
id -Gn | tr ' ' '\n' | grep -qxF -- www-data || id -G | tr ' ' '\n' | grep -qxF -- www-data || [ "$(id -u)" = 0 ] || release_wrong "the user is not in the group" www-data "(dotenvGroup)"
[ -z "$problems" ] || exit 73
echo "$place: $((${free:-0} / 1024)) MiB free"

# == status
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab
release_read_journal
for each in $(release_list_adoptable); do all="$each $all"; done
now=$(release_find_live)
case $(release_describe_current) in
  -) release_print current 'none: nothing has been released yet' ;;
  '?') release_print current "$(readlink -- "$current" 2>/dev/null || echo 'not a link'), which is not a release" ;;
  *)
    mark=
    case " $bad " in *" $now "*) mark=' (bad)' ;; esac
    release_print current "$now$mark"
    if [ -s "$current/REVISION" ]; then read -r revision <"$current/REVISION" || :; release_print revision "$revision"; fi
    ;;
esac
set -- $(tail -n 1 -- "$DF_STATE/journal" 2>/dev/null)
if [ $# = 4 ] && [ "$3" = "$now" ]; then
  release_print since "$(date -u -d "@$1" '+%Y-%m-%d %H:%M:%S UTC' 2>/dev/null || date -u -r "$1" '+%Y-%m-%d %H:%M:%S UTC' 2>/dev/null || echo "$1")"
  release_print by "$2, run $4"
fi
previous= past= count=0
for each in $all; do
  case " $bad " in *" $each "*) ;; *)
    count=$((count + 1))
    [ -z "$past" ] || [ -n "$previous" ] || previous=$each
    ;;
  esac
  [ "$each" != "$now" ] || past=yes
done
release_print previous "${previous:-none}"
release_print good "$count"
[ -z "$bad" ] || release_print bad "${bad% }"

# == standing
if [ -L /srv/shop/current ]; then readlink -- /srv/shop/current; else echo 'no current'; fi

# == ask releases
current=/srv/shop/current releases=/srv/shop/releases fresh=/srv/shop/.current.dragonfab
release_read_journal
for each in $(release_list_adoptable); do all="$each $all"; done
printf 'current %s\nall %s\nbad %s\n' "$(release_find_live)" "$all" "$bad"

