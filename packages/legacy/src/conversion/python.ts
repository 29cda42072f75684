/** A Python literal, or the source text of another expression. */
export type PythonValue =
  | PythonDict
  | { readonly kind: 'list'; readonly items: readonly PythonValue[] }
  | { readonly kind: 'scalar'; readonly value: unknown }
  | { readonly kind: 'other'; readonly text: string }

export interface PythonDict {
  readonly kind: 'dict'
  readonly entries: ReadonlyMap<string, { readonly line: number; readonly value: PythonValue }>
}

/**
 * Prints the literals of a Python file as JSON, with their lines and the comments before them. The file is parsed, never run. An expression
 * that is not a literal, `dict(a=…)`, `{**known}` or the name of a literal is printed as source text.
 */
export const literals = `
import ast, io, json, sys, tokenize
path = sys.argv[1]
with open(path, 'rb') as f:
    source = f.read()
try:
    tree = ast.parse(source, path)
except SyntaxError as e:
    sys.exit('%s:%s:%s: %s' % (path, e.lineno, e.offset, e.msg))
names, notes = {}, []
def other(node):
    text = ast.get_source_segment(source.decode('utf-8'), node) or type(node).__name__
    return {'kind': 'other', 'text': ' '.join(text.split())[:80]}
def put(entries, key, line, value):
    entries[:] = [each for each in entries if each[0] != key] + [[key, line, value]]
def spread(entries, node):
    known = read(node)
    if known['kind'] != 'dict':
        notes.append('%s:%s: %s cannot be converted' % (path.split('/')[-1], node.lineno, known.get('text', 'this')))
    for each in known.get('entries', []):
        put(entries, *each)
def read(node):
    try:
        value = ast.literal_eval(node)
        if value is None or isinstance(value, (str, int, float, bool)):
            return {'kind': 'scalar', 'value': value}
    except (ValueError, TypeError, SyntaxError):
        pass
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.Subscript):
        inner = read(node.value)
        index = getattr(node.slice, 'value', node.slice)
        key = read(index) if isinstance(index, ast.AST) else {'kind': 'scalar', 'value': index}
        for name, _, value in inner.get('entries', []):
            if key['kind'] == 'scalar' and name == str(key['value']):
                return value
    if isinstance(node, (ast.List, ast.Tuple)):
        return {'kind': 'list', 'items': [read(each) for each in node.elts]}
    if isinstance(node, ast.Dict):
        entries = []
        for key, value in zip(node.keys, node.values):
            if key is None:
                spread(entries, value)
                continue
            name = read(key)
            if name['kind'] == 'scalar':
                put(entries, str(name['value']), key.lineno, read(value))
        return {'kind': 'dict', 'entries': entries}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == 'dict':
        entries = []
        for arg in node.args:
            spread(entries, arg)
        for keyword in node.keywords:
            known = read(keyword.value)
            if keyword.arg is None and known['kind'] != 'dict':
                spread(entries, keyword.value)
            elif keyword.arg is None:
                for entry in known.get('entries', []):
                    put(entries, *entry)
            else:
                put(entries, keyword.arg, keyword.value.lineno, known)
        return {'kind': 'dict', 'entries': entries}
    return other(node)
for statement in tree.body:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        value = read(statement.value)
        if isinstance(target, ast.Name):
            names[target.id] = value
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and names.get(target.value.id, {}).get('kind') == 'dict':
            index = getattr(target.slice, 'value', target.slice)
            name = read(index) if isinstance(index, ast.AST) else {'kind': 'scalar', 'value': index}
            if name['kind'] == 'scalar':
                put(names[target.value.id]['entries'], str(name['value']), statement.lineno, value)
        else:
            notes.append('%s:%s: this assignment cannot be converted' % (path.split('/')[-1], statement.lineno))
    elif isinstance(statement, (ast.For, ast.If, ast.While, ast.With, ast.AugAssign)):
        notes.append('%s:%s: this statement is not run, so its changes are not converted' % (path.split('/')[-1], statement.lineno))
comments, pending = {}, []
for token in tokenize.tokenize(io.BytesIO(source).readline):
    if token.type == tokenize.COMMENT:
        line = token.line[:token.start[1]].strip()
        text = token.string.lstrip('#').strip()
        if line:
            comments.setdefault(token.start[0], []).append(text)
        elif not token.string.startswith('#!') and 'coding' not in text:
            pending.append(text)
    elif token.type not in (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING):
        if pending:
            comments[token.start[0]] = pending + comments.get(token.start[0], [])
            pending = []
found = names.get('environments') or names.get('ENVIRONMENTS') or {'kind': 'other', 'text': ''}
print(json.dumps({'environments': found, 'comments': comments, 'notes': notes}))
`
