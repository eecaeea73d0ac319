#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
def main():
    m = AnsibleModule(argument_spec=dict(a=dict(required=True), b=dict(required=True), n=dict(type='int'), c=dict(choices=['q']), d=dict(type='dict', options=dict(z=dict(required=True))), e=dict()),
      mutually_exclusive=[['n','c']], required_one_of=[['e','d']], supports_check_mode=True)
    m.exit_json(changed=False)
main()
