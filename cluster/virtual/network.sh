# shellcheck shell=bash disable=SC2154 # name
# Sourced by hosts.sh: the network of the hosts of cluster $name. Nothing of it shows outside its namespaces.

# The network namespace of the switch.
hub=mhvae-$name-hub

# space I: the network namespace of host I.
space() { echo "mhvae-$name$1"; }

add_switch() {
  ip netns add "$hub"
  ip -n "$hub" link add switch up type bridge
}

# plug_in I: makes the network of host I, a cable between its eth0 and the switch. Open MPI would skip a link vir*.
plug_in() {
  ip netns add "$(space "$1")"
  ip -n "$(space "$1")" link set lo up
  ip -n "$(space "$1")" link add eth0 type veth peer name "port$1" netns "$hub"
  ip -n "$(space "$1")" address add "10.77.0.$1/24" dev eth0
  ip -n "$(space "$1")" link set eth0 up
  ip -n "$hub" link set "port$1" master switch up
}

# shape RATE | off: at both ends of every cable.
shape() {
  local count i
  count=$(host_count)
  for ((i = 1; i <= count; i++)); do
    limit "$(space "$i")" eth0 "$1"
    limit "$hub" "port$i" "$1"
  done
}

# limit SPACE LINK RATE | off
limit() {
  tc -n "$1" qdisc del dev "$2" root 2>/dev/null || true
  [[ $3 == off ]] || tc -n "$1" qdisc add dev "$2" root tbf rate "$3" burst 128kb latency 50ms
}

# cable I up | down
cable() {
  ip -n "$hub" link set "port$1" "$2"
}
