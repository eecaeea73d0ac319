"""Records testdata/spec.json: what ansible-core says to the arguments in it.

    cd internal/module/testdata/record && python3 record.py        ANSIBLE_ORACLE is the command before "ansible-playbook"

The cases are the module and args of the old spec.json; to add one, add an object with these two keys and run it.
"""
import json, os, subprocess

cases = json.load(open('../spec.json'))
tasks = [{"name": "c%d" % n, c["module"]: c["args"], "ignore_errors": True} for n, c in enumerate(cases)]
json.dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], open('spec.yml', 'w'))
env = dict(os.environ, ANSIBLE_STDOUT_CALLBACK='ansible.posix.jsonl', ANSIBLE_PIPELINING='1', ANSIBLE_LIBRARY='.')
cmd = os.environ.get('ANSIBLE_ORACLE', '').split() + ['ansible-playbook', '-vvv', '-i', 'localhost,', '-c', 'local',
                                                           '-e', 'ansible_python_interpreter=/usr/bin/python3', 'spec.yml']
out = []
for line in subprocess.run(cmd, env=env, capture_output=True, text=True).stdout.splitlines():
    try:
        e = json.loads(line)
    except ValueError:
        continue
    if e['_event'] not in ('v2_runner_on_ok', 'v2_runner_on_failed'):
        continue
    r, c = e['hosts']['localhost'], cases[int(e['task']['name'][1:])]
    o = {'case': e['task']['name'], 'module': c['module'], 'args': c['args']}
    if r.get('failed'):
        o['msg'] = r['msg']
    if 'warnings' in r:
        o['warnings'] = r['warnings']
    if 'deprecations' in r:
        o['deprecations'] = [{k: v for k, v in d.items() if k != 'deprecator'} for d in r['deprecations']]
    if 'invocation' in r:
        o['module_args'] = r['invocation']['module_args']
    out.append(o)
os.remove('spec.yml')
if len(out) != len(cases):
    raise SystemExit('%d results for %d cases' % (len(out), len(cases)))
text = ',\n'.join(json.dumps(o, ensure_ascii=False, sort_keys=True) for o in out)
open('../spec.json', 'w').write('[\n' + text.replace(': NaN', ': "nan"') + '\n]\n')
