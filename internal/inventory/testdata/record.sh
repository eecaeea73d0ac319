#!/bin/sh
# Records what the real ansible-core makes of every folder in cases: run it in this folder, inside the system that has
# ansible-core 2.19. Each case has its inventory and a file "args"; list.json, graph.txt, hosts.txt and stderr.txt are made here.
for d in cases/*/; do
  ( cd "$d" || exit 1
    args=$(cat args)
    export ANSIBLE_DEPRECATION_WARNINGS=1
    ansible-inventory $args --list >list.json 2>stderr.txt
    ansible-inventory $args --graph --vars >graph.txt 2>/dev/null
    inv=$(echo "$args" | sed 's/--playbook-dir [^ ]*//')
    ansible all $inv --list-hosts 2>/dev/null | sed '1d;s/^ *//' >hosts.txt
    sed -i "s#$PWD/#@DIR@/#g" stderr.txt
  )
done
