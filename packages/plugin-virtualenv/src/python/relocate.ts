/**
 * A Python program: makes a venv that was built elsewhere work at its path. Arguments: the venv, and `reinitialize` to give it the Python that
 * runs this. A venv contains its own path in the first lines of its scripts, in activate, in .pth files and in links. Its previous path is read
 * from these, because it is written nowhere else, and printed.
 */
export const relocateProgram = String.raw`
import glob, os, re, sys
venv, strategy = sys.argv[1:3]
bin = os.path.join(venv, 'bin')

def text(path):
    with open(path, 'rb') as file:
        data = file.read()
    return None if b'\0' in data else data

def write(path, data):
    mode = os.stat(path).st_mode
    with open(path + '.new', 'wb') as file:
        file.write(data)
    os.chmod(path + '.new', mode & 0o7777)
    os.replace(path + '.new', path)

if strategy == 'reinitialize':
    version = 'python%d.%d' % sys.version_info[:2]
    shipped = sorted(os.path.basename(each) for each in glob.glob(os.path.join(venv, 'lib', 'python*')))
    if version not in shipped:
        sys.exit('it is of %s, and the host has %s' % (', '.join(shipped) or 'no Python', version))
    real = os.path.realpath(sys.executable)
    for each in glob.glob(os.path.join(bin, 'python*')):
        if re.match(r'python[\d.]*$', os.path.basename(each)):
            os.remove(each)
    os.symlink(real, os.path.join(bin, 'python'))
    for name in ('python%d' % sys.version_info[0], version):
        os.symlink('python', os.path.join(bin, name))
    settings = {'home': os.path.dirname(real), 'version': '%d.%d.%d' % sys.version_info[:3], 'executable': real}
    config = os.path.join(venv, 'pyvenv.cfg')
    before = open(config, encoding='utf-8').read().splitlines() if os.path.exists(config) else ['home =', 'include-system-site-packages = false', 'version =']
    with open(config, 'w', encoding='utf-8') as file:
        for line in before:
            key = line.split('=')[0].strip()
            # What the venv was made by elsewhere is of no use here.
            if key.startswith('base-') or key == 'command':
                continue
            file.write('%s = %s\n' % (key, settings[key]) if key in settings else line + '\n')

scripts = {}
for each in sorted(os.listdir(bin)):
    path = os.path.join(bin, each)
    if os.path.isfile(path) and not os.path.islink(path):
        data = text(path)
        if data is not None:
            scripts[path] = data
new = os.fsencode(venv)
before = set()
for data in scripts.values():
    before.update(re.findall(rb'\A#!\s*(/.*?)/bin/python[\d.]*', data))
    before.update(re.findall(rb'''\A#!/bin/sh\n'{3}exec' "?(/.*?)/bin/python[\d.]*''', data))
    before.update(re.findall(rb'''^(?:\s*VIRTUAL_ENV=|setenv VIRTUAL_ENV |set -gx VIRTUAL_ENV )['"]?(/[^'"\n]+)''', data, re.M))
# A script of the system, or one that was put there, is none of the venv's own.
before = sorted((each for each in before if each not in (new, b'/usr', b'/usr/local') and each + b'/bin' not in os.fsencode(os.environ.get('PATH', '')).split(b':')), key=len, reverse=True)

def moved(data):
    for old in before:
        data = re.sub(re.escape(old) + rb'''(?=[/"'\s:;)]|\Z)''', lambda match: new, data)
    return data

for path, data in scripts.items():
    line, newline, rest = data.partition(b'\n')
    changed = moved(line)
    # The kernel cuts a first line that is longer, and splits it at a blank.
    if changed != line and changed.startswith(b'#!') and (len(changed) > 127 or b' ' in new):
        changed = b'#!/bin/sh\n' + b"'''" + b'exec\' "' + changed[2:].strip() + b'" "$0" "$@"\n' + b"' '''"
    whole = changed + newline + moved(rest)
    if whole != data:
        write(path, whole)
site = os.path.join(venv, 'lib', 'python*', 'site-packages')
others = [os.path.join(venv, 'pyvenv.cfg')]
for pattern in ('*.pth', '*.egg-link', '__editable__*.py'):
    others += glob.glob(os.path.join(site, pattern))
for path in others:
    data = text(path) if os.path.isfile(path) else None
    if data is not None and moved(data) != data:
        write(path, moved(data))
for folder, folders, files in os.walk(venv):
    for path in (os.path.join(folder, each) for each in folders + files):
        if os.path.islink(path):
            to = os.fsencode(os.readlink(path))
            if moved(to) != to:
                os.remove(path)
                os.symlink(moved(to), os.fsencode(path))
print('relocated from', ', '.join(map(os.fsdecode, before)) if before else 'here')
`.trim()
