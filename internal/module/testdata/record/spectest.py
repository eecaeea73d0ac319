#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
def main():
    m = AnsibleModule(argument_spec=dict(
        s=dict(type='str', aliases=['alias_s']), i=dict(type='int'), f=dict(type='float'), b=dict(type='bool'), p=dict(type='path'),
        l=dict(type='list'), ls=dict(type='list', elements='str'), li=dict(type='list', elements='int'), lp=dict(type='list', elements='path'),
        d=dict(type='dict'), r=dict(type='raw'), j=dict(type='jsonarg'), by=dict(type='bytes'), bi=dict(type='bits'),
        c=dict(choices=['one', 'two']), ci=dict(type='int', choices=[1, 2]), cb=dict(type='str', choices=['yes', 'no', 'auto']),
        cl=dict(type='list', elements='str', choices=['x', 'y']),
        def_s=dict(default='dflt'), def_i=dict(type='int', default=7), secret=dict(no_log=True), password=dict(no_log=True),
        old=dict(removed_in_version='9.0.0', removed_from_collection='ansible.builtin'),
        ca=dict(aliases=['ca_old'], deprecated_aliases=[dict(name='ca_old', version='9.0.0', collection_name='ansible.builtin')]),
        ex1=dict(), ex2=dict(), to1=dict(), to2=dict(), rif=dict(), rn1=dict(), rn2=dict(), ran1=dict(), ran2=dict(), rb=dict(), rb1=dict(),
        need=dict(required=False),
        sub=dict(type='dict', options=dict(a=dict(required=True), n=dict(type='int', default=3), m=dict(choices=['q']), x1=dict(), x2=dict(), pw=dict(no_log=True)),
                 mutually_exclusive=[['x1', 'x2']], required_together=[['m', 'x1']]),
        subl=dict(type='list', elements='dict', options=dict(a=dict(required=True), n=dict(type='int', default=3), b=dict(type='bool'), deep=dict(type='dict', options=dict(z=dict(type='int', required=True))))),
        subd=dict(type='dict', apply_defaults=True, options=dict(n=dict(type='int', default=3), o=dict())),
    ), mutually_exclusive=[['ex1', 'ex2']], required_together=[['to1', 'to2']],
       required_if=[['rif', 'go', ['rn1', 'rn2']], ['rif', 'any', ['ran1', 'ran2'], True]], required_by={'rb': ['rb1', 'ran1']},
       required_one_of=[['def_s', 'need']], supports_check_mode=False)
    m.exit_json(changed=False, got={k: (v if not isinstance(v, bytes) else 'bytes') for k, v in m.params.items()}, secret_echo='xx%syy' % m.params.get('secret'))
main()
