#!/bin/sh
case $1 in --list) echo '{"g":{"hosts":["s1","s2"],"vars":{"v":1}},"_meta":{"hostvars":{"s1":{"k":"v"}}}}' ;; *) echo "{}" ;; esac
