# namespaces.sh FOLDER: a router with the rules and the name server of FOLDER, a guest behind it, and an outside with web servers
# and resolvers, all in network namespaces of their own. It is process 1 of a PID namespace, with which all ends. Prints one line for
# each thing that the guest tries: NAME yes|no.
set -e
export PATH=$PATH:/usr/sbin:/sbin
cd "$1"
b=busybox
unshare -n sleep 300 & guest=$!
unshare -n sleep 300 & outside=$!
for process in $guest $outside; do
  until [ "$(readlink /proc/$process/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
done
in_guest() { nsenter -t $guest -n "$@"; }
in_outside() { nsenter -t $outside -n "$@"; }

ip link set lo up
ip link add br0 type bridge
ip address add 10.9.0.1/24 dev br0
ip -6 address add fd09::1/64 dev br0 nodad
ip link add port type veth peer name eth0
ip link set eth0 netns $guest
ip link set port master br0 up
ip link set br0 up
ip link add out0 type veth peer name wan
ip link set wan netns $outside
ip address add 93.184.216.1/24 dev out0
ip -6 address add 2001:db8:1::1/64 dev out0 nodad
ip link set out0 up
ip route add default via 93.184.216.10
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
in_guest sh -c 'ip link set lo up; ip address add 10.9.0.2/24 dev eth0; ip -6 address add fd09::2/64 dev eth0 nodad; ip link set eth0 up
  ip route add default via 10.9.0.1; ip -6 route add default via fd09::1'
in_outside sh -c 'ip link set lo up; for n in 10 20 21 22 30 40 53; do ip address add 93.184.216.$n/24 dev wan; done
  ip address add 192.168.7.7/32 dev lo; ip -6 address add 2001:db8:1::10/64 dev wan nodad; ip link set wan up
  ip route add 10.9.0.0/24 via 93.184.216.1; ip -6 route add fd09::/64 via 2001:db8:1::1'
mkdir www
echo it > www/index.html
for at in 93.184.216.10:80 93.184.216.10:8080 93.184.216.20:80 93.184.216.21:80 93.184.216.22:80 93.184.216.20:443 93.184.216.30:8080 93.184.216.40:80 192.168.7.7:80 '[2001:db8:1::10]:80'; do
  in_outside $b httpd -f -p "$at" -h www &
done
upstream() { nsenter -t $outside -n dnsmasq -d -C upstream.conf >upstream.log 2>&1 & resolver=$!; }
upstream
# What arrives, fragments each by itself: before they are put together.
in_outside nft -f - <<END
table ip seen {
  chain in {
    type filter hook prerouting priority -450;
    ip daddr 93.184.216.30 ip protocol udp counter comment "allowed"
    ip daddr 93.184.216.20 ip protocol udp counter comment "refused"
  }
}
END
arrived() { in_outside nft list table ip seen | awk -v what="\"$1\"" '$NF == what { for (i = 1; i < NF; i++) if ($i == "packets") print $(i + 1) }'; }
nft -f rules.nft
dnsmasq -d -C dnsmasq.conf >dnsmasq.log 2>&1 &
names=$!

resolve() { in_guest $b nslookup -type=a "$1" "${2:-10.9.0.1}" 2>/dev/null | awk '/^Address: [0-9.]+$/ { print $2; exit }'; }
# get ADDRESS [PORT]: what a web server there says, by hand: not every busybox's wget works without a libc's files.
fetch() { printf 'GET / HTTP/1.0\r\n\r\n' | in_outside $b nc -w 60 "$1" "${2:-80}" 2>/dev/null | grep -qx it; }
get() { [ -n "$1" ] && printf 'GET / HTTP/1.0\r\n\r\n' | in_guest $b nc -w "$wait" "$1" "${2:-80}" 2>/dev/null | grep -qx it; }
# soon COMMAND: for what is dropped: no answer is no answer, however soon one stops waiting for it.
wait=60
soon() { wait=1; if "$@"; then wait=60; else wait=60; return 1; fi; }
try() { name=$1; shift; if "$@"; then echo "$name yes"; else echo "$name no"; fi; }
# Both name servers answer, and the web servers do, by ways that the rules say nothing of.
n=0
until [ -n "$(in_outside $b nslookup -type=a good.test 93.184.216.53 2>/dev/null | grep 93.184.216.10)" ] \
    && fetch 93.184.216.30 8080 && fetch 93.184.216.10 \
    && in_guest $b nslookup -type=a gateway.test 10.9.0.1 >/dev/null 2>&1; do
  n=$((n + 1)); [ $n -lt 300 ] || { cat *.log; exit 1; }; sleep 0.1
done

try literal-before soon get 93.184.216.10
try name get "$(resolve good.test)"
try literal-after get 93.184.216.10
try other-port soon get 93.184.216.10 8080
try other-literal soon get 93.184.216.20
try other-name test -n "$(resolve other.test)"
try name-below test -n "$(resolve data.good.test)"
try wildcard get "$(resolve www.wild.test)"
try wildcard-itself test -n "$(resolve wild.test)"
try alias get "$(resolve alias.test)"
try rebinding-answer test -n "$(resolve private.test)"
try rebinding soon get 192.168.7.7
try own-answer test -n "$(resolve own.test)"
try own soon get 93.184.216.40
try other-resolver test -n "$(resolve other.test 93.184.216.20)"
try other-resolver-tcp in_guest $b nc -w 1 93.184.216.20 53 </dev/null
try dns-elsewhere in_guest $b nc -w 1 93.184.216.53 853 </dev/null
try network get 93.184.216.30 8080
try network-other-port soon get 93.184.216.30
ping_out() { in_guest $b ping -c 1 -W 1 93.184.216.10 >/dev/null; }
try ping ping_out
try ipv6 soon get 2001:db8:1::10
try alias-chain get "$(resolve chain.test)"
try alias-of-private test -n "$(resolve trap.test)"
# The question for tcp.test's address, as it goes over TCP (RFC 1035 section 4.2.2); the answer leads to 93.184.216.22.
ask_by_tcp() {
  printf '\000\032\000\001\001\000\000\001\000\000\000\000\000\000\003tcp\004test\000\000\001\000\001' \
    | in_guest $b nc -w 60 10.9.0.1 53 | od -An -tx1 | tr -d ' \n' | grep -q 5db8d816
}
try before-dns-by-tcp soon get 93.184.216.22
try dns-by-tcp ask_by_tcp
try after-dns-by-tcp get 93.184.216.22
try dns-by-https soon get 93.184.216.20 443
fragments() { in_guest bash -c "exec 3>/dev/udp/$1/$2; dd if=/dev/zero bs=5000 count=1 >&3 2>/dev/null"; }
fragments 93.184.216.20 8080
fragments 93.184.216.30 9999
fragments 93.184.216.30 8080
n=0
until [ "$(arrived allowed)" -gt 0 ] || [ $n -gt 300 ]; do n=$((n + 1)); sleep 0.1; done
try fragments-allowed test "$(arrived allowed)" = 4
try fragments-refused test "$(arrived refused)" != 0
for set in $(cat sets); do nft list set inet crosvm $set; done >refused.txt
nft list chain inet crosvm refuse >chain.txt
in_guest bash -c 'exec 3<>/dev/tcp/93.184.216.10/80; : >opened; until [ -e go ]; do sleep 0.1; done
  printf "GET / HTTP/1.0\r\n\r\n" >&3; grep -x it <&3 >kept' & open=$!
n=0
until [ -e opened ] || [ $n -gt 600 ]; do n=$((n + 1)); sleep 0.1; done
nft -f emptied-a.nft
try after-one get 93.184.216.10
nft -f emptied-b.nft
try after-both soon get 93.184.216.10
try again get "$(resolve good.test)"
: >go
wait $open
try open-connection test -s kept
kill $resolver
wait $resolver || true
quickly() { in_guest timeout 3 $b nslookup -type=a "$1" 10.9.0.1 2>/dev/null | awk '/^Address: [0-9.]+$/ { print $2; exit }'; }
try resolver-down test -n "$(quickly www.wild.test)"
try resolver-down-known get 93.184.216.10
upstream
n=0
until [ -n "$(quickly www.wild.test)" ] || [ $n -gt 60 ]; do n=$((n + 1)); sleep 0.1; done
try resolver-back get 93.184.216.21
kill -9 $names
wait $names || true
nft -f emptied-a.nft
nft -f emptied-b.nft
try names-killed test -n "$(quickly good.test)"
try names-killed-known soon get 93.184.216.10
