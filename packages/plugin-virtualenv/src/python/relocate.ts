/**
 * A Python program: makes a venv that was built at another path work at its path. Arguments: the venv, and `reinitialize` to give it the Python
 * that runs this program. A venv contains its own path in the first lines of its scripts, in activate, in .pth files and in links. The program
 * reads the previous path from these, because it is nowhere else, and prints it.
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
        sys.exit('it was made with %s, but the host has %s' % (', '.join(shipped) or 'no Python', version))
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
            # The base Python and the command of the build machine are of no use on this host.
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
# A script of the system, or a script that was copied into bin, does not show the venv's path.
before = sorted((each for each in before if each not in (new, b'/usr', b'/usr/local') and each + b'/bin' not in os.fsencode(os.environ.get('PATH', '')).split(b':')), key=len, reverse=True)

def replace_paths(data):
    for old in before:
        data = re.sub(re.escape(old) + rb'''(?=[/"'\s:;)]|\Z)''', lambda match: new, data)
    return data

for path, data in scripts.items():
    line, newline, rest = data.partition(b'\n')
    changed = replace_paths(line)
    # The kernel truncates a longer first line, and splits it at a blank.
    if changed != line and changed.startswith(b'#!') and (len(changed) > 127 or b' ' in new):
        changed = b'#!/bin/sh\n' + b"'''" + b'exec\' "' + changed[2:].strip() + b'" "$0" "$@"\n' + b"' '''"
    whole = changed + newline + replace_paths(rest)
    if whole != data:
        write(path, whole)
site = os.path.join(venv, 'lib', 'python*', 'site-packages')
others = [os.path.join(venv, 'pyvenv.cfg')]
for pattern in ('*.pth', '*.egg-link', '__editable__*.py'):
    others += glob.glob(os.path.join(site, pattern))
for path in others:
    data = text(path) if os.path.isfile(path) else None
    if data is not None and replace_paths(data) != data:
        write(path, replace_paths(data))
for folder, folders, files in os.walk(venv):
    for path in (os.path.join(folder, each) for each in folders + files):
        if os.path.islink(path):
            to = os.fsencode(os.readlink(path))
            if replace_paths(to) != to:
                os.remove(path)
                os.symlink(replace_paths(to), os.fsencode(path))
print('relocated from ' + ', '.join(map(os.fsdecode, before)) if before else 'the venv already has its path')
`.trim()
