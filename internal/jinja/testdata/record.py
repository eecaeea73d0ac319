#!/usr/bin/python3
"""Records what Jinja2 makes of the templates in jinja2.jsonl.

  python3 record.py < jinja2.jsonl > new.jsonl    with Jinja2 3.1

A line has template, vars, files (for include and the like) and options (of the environment); the result is text, or
error (class), message and for syntax errors line. Lines whose result depends on addresses are dropped."""
import json
import sys

import jinja2

for line in sys.stdin:
    c = json.loads(line)
    for k in ('text', 'error', 'message', 'line'):
        c.pop(k, None)
    env = jinja2.Environment(undefined=jinja2.StrictUndefined, loader=jinja2.DictLoader(c.get('files', {})),
                             extensions=['jinja2.ext.do', 'jinja2.ext.loopcontrols'], **c.get('options', {}))
    try:
        c['text'] = env.from_string(c['template']).render(**json.loads(json.dumps(c['vars'])))
    except jinja2.TemplateSyntaxError as e:
        c['error'], c['message'], c['line'] = type(e).__name__, e.message, e.lineno
    except RecursionError:
        c['error'], c['message'] = 'RecursionError', 'maximum recursion depth exceeded'
    except Exception as e:
        c['error'], c['message'] = type(e).__name__, str(e)
    if ' at 0x' not in c.get('text', '') + c.get('message', ''):
        print(json.dumps(c, ensure_ascii=False))
