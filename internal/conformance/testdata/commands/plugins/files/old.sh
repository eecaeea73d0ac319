#!/bin/sh
[ "$1" = --list ] && echo '{"a":["x","y"],"b":{"hosts":["z"],"children":["a"],"vars":{"q":1}}}' || echo '{"asked":"'$2'"}'
