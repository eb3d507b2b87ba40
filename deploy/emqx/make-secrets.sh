#!/bin/sh
# Makes the secrets of docker-compose.yml, in the folder secrets beside it: random ones, readable by their owner alone.
# What is there stays as it is; to renew one, delete it first. docs/brokers/emqx.md says what each is for.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
chmod 0700 secrets

# 24 bytes of the kernel's random numbers, as hexadecimal digits.
random() {
    digits=$(od -An -vN24 -tx1 /dev/urandom | tr -d ' \n')
    [ ${#digits} -eq 48 ] || { echo "no random numbers from /dev/urandom" >&2; exit 1; }
    printf %s "$digits"
}

# Writes $2 to the file $1 unless it is there. It has all of its content from the moment it has its name.
make() {
    if [ -s "secrets/$1" ]; then
        echo "kept  secrets/$1"
    elif [ -e "secrets/$1" ]; then
        echo "secrets/$1 is empty: delete it and run this again" >&2
        exit 1
    else
        printf '%s\n' "$2" > "secrets/.$1.$$"
        ln "secrets/.$1.$$" "secrets/$1"
        rm "secrets/.$1.$$"
        echo "made  secrets/$1"
    fi
}

# EMQX wants 8 to 64 characters of at least two kinds, and reads it as configuration: letters and digits, a letter first.
make emqx_dashboard_password "a1$(random)"
make emqx_node_cookie "a1$(random)"
make emqx_api_key connack
make emqx_api_secret "$(random)"
# The same two in the form in which EMQX takes them over at its start.
pair="$(cat secrets/emqx_api_key):$(cat secrets/emqx_api_secret)"
make emqx_api_keys "$pair"
if [ "$(cat secrets/emqx_api_keys)" != "$pair" ]; then
    echo "secrets/emqx_api_keys does not fit emqx_api_key and emqx_api_secret: delete it and run this again" >&2
    exit 1
fi

# Compose hands files on as they are: the user in both containers has to be their owner.
if [ "$(id -u)" -eq 0 ]; then
    chown 1000:1000 secrets/emqx_*
elif [ "$(id -u)" -ne 1000 ]; then
    echo "The containers run as user 1000. Next: sudo chown 1000:1000 $(pwd)/secrets/emqx_*"
fi
