/**
 * A Python program: prints `<hash> shared`, or `<hash> bound <why>` if part of the release itself is installed. The hash covers everything that
 * determines the contents of a venv, and nothing that may differ between releases with the same venv.
 * Arguments: release, requirements, wheelhouse (or nothing), the settings as text, a file
 * to activate (or nothing). Standard input: what must not be an argument.
 */
export const fingerprintProgram = String.raw`
import hashlib, os, platform, re, shlex, sys
from urllib.parse import unquote
release, requirements, wheelhouse, settings, activate = sys.argv[1:6]
digest = hashlib.sha256()
seen, bound = set(), []

def add(*parts):
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode('utf-8', 'surrogateescape')
        digest.update(b'%d:' % len(data) + data)

def stop(status, message):
    print(message, file=sys.stderr)
    sys.exit(status)

def add_file(path):
    part = hashlib.sha256()
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(1 << 20), b''):
            part.update(block)
    add(part.digest())

archive = re.compile(r'\.(whl|zip|tar|tgz|tbz|txz|tar\.\w+)$', re.I)

def add_folder(path):
    for name in sorted(os.listdir(path)):
        if archive.search(name) or name.endswith('.html'):
            add(name)
            add_file(os.path.join(path, name))

def local(url):
    return unquote(re.sub(r'^file:(//(localhost)?)?(?=/)', '', url))

def value(text):
    try:
        return (shlex.split(text) or [''])[0]
    except ValueError:
        return text

def requirement(text, line):
    text = re.split(r'\s+--?[a-z]|\s+;|;\s', text)[0].strip()
    match = re.match(r'[\w.-]+\s*(\[[^\]]*\])?\s*@\s*(\S+)$', text)
    if match:
        text = match.group(2)
    if text.startswith('file:'):
        path = local(text.split('#')[0])
    elif re.match(r'[a-z][a-z0-9+.-]*:', text, re.I):
        return
    else:
        path = re.sub(r'\[[^\]]*\]$', '', text)
    whole = os.path.join(release, path)
    if os.path.isfile(whole):
        add_file(whole)
    elif os.path.isdir(whole) and (text.startswith('file:') or path.startswith('.') or '/' in path):
        bound.append(line)

def option(line, *names):
    for name in names:
        if line.startswith(name):
            rest = line[len(name):]
            if name.startswith('--') and rest[:1] not in ('=', ' ', '\t'):
                continue
            return value(rest.lstrip('= \t'))
    return None

def read(path):
    whole = os.path.realpath(os.path.join(release, path))
    if whole in seen:
        return
    seen.add(whole)
    try:
        with open(whole, 'rb') as file:
            data = file.read()
    except OSError as error:
        stop(67, '%s: %s' % (path, error.strerror))
    add('file', data)
    text = re.sub(r'\\\r?\n', ' ', data.decode('utf-8-sig', 'surrogateescape'))
    for line in text.splitlines():
        line = re.sub(r'(^|\s+)#.*$', '', line).strip()
        for name in re.findall(r'\$\{([A-Z0-9_]+)\}', line):
            add('variable', name, os.environ.get(name, ''))
            line = line.replace('$' + '{%s}' % name, os.environ.get(name, ''))
        directory = os.path.dirname(os.path.join(release, path))
        file = option(line, '--requirement', '-r', '--constraint', '-c')
        links = option(line, '--find-links', '-f')
        editable = option(line, '--editable', '-e')
        if file is not None:
            if file.startswith('file:'):
                read(local(file))
            elif not re.match(r'[a-z]+:', file, re.I):
                read(os.path.join(directory, file))
        elif links is not None:
            links = local(links) if links.startswith('file:') else links
            for folder in (os.path.join(directory, links), os.path.join(release, links)):
                if os.path.isdir(folder):
                    add_folder(folder)
                    break
        elif editable is not None:
            if not re.match(r'[a-z]+\+|https?:', editable, re.I):
                bound.append(line)
        elif line and not line.startswith('-'):
            requirement(line, line)

add('1', settings, sys.stdin.read(), sys.version, sys.executable, os.path.realpath(sys.executable), platform.machine())
if wheelhouse:
    folder = os.path.join(release, wheelhouse)
    if not os.path.isdir(folder):
        stop(68, wheelhouse)
    add_folder(folder)
if activate and os.path.isfile(activate):
    add_file(activate)
read(requirements)
print(digest.hexdigest()[:24], 'bound ' + bound[0] if bound else 'shared')
`.trim()

/**
 * A Python program: reads the address of an index from standard input, writes its user and password into the netrc file that is its
 * argument, after the contents of the user's own file, and prints the address without them. pip passes an address to its processes as an
 * argument, so it must not contain a password.
 */
export const splitIndexProgram = String.raw`
import os, sys
from urllib.parse import unquote, urlsplit, urlunsplit
url = urlsplit(sys.stdin.read().strip())
user, _, host = url.netloc.rpartition('@')
print(urlunsplit(url._replace(netloc=host)))
text = ''
try:
    with open(os.environ.get('NETRC') or os.path.expanduser('~/.netrc')) as file:
        text = file.read().rstrip() + '\n'
except OSError:
    pass
if user:
    word = lambda part: '"' + unquote(part).replace('\\', '\\\\').replace('"', '\\"') + '"'
    name, _, password = user.partition(':')
    text += 'machine %s login %s password %s\n' % (url.hostname, word(name), word(password))
with os.fdopen(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as file:
    file.write(text)
`.trim()
