# What is outside of the lab: a namespace with web servers, the resolver that resolv.conf names, and another one. For root; run in an
# empty folder; the lab forgets it all.
set -e
PATH=$PATH:/usr/sbin:/sbin
ip netns add outside
ip link add eth0 type veth peer name wan netns outside
ip address add 93.184.216.2/24 dev eth0
ip -6 address add 2001:db8:1::2/64 dev eth0 nodad
ip link set eth0 up
in_outside() { ip netns exec outside "$@"; }
in_outside ip link set lo up
for address in 1/24 10/32 20/32 21/32 53/32; do in_outside ip address add 93.184.216.$address dev wan; done
in_outside ip -6 address add 2001:db8:1::1/64 dev wan nodad
in_outside ip -6 address add 2001:db8:1::10/64 dev wan nodad
in_outside ip link set wan up
ip route add default via 93.184.216.1
ip -6 route add default via 2001:db8:1::1
echo nameserver 93.184.216.53 >/etc/resolv.conf
mkdir pages
echo it >pages/index.html
for address in 93.184.216.10:80 93.184.216.10:8080 93.184.216.20:80 93.184.216.20:853 93.184.216.21:80 '[2001:db8:1::10]:80'; do
  in_outside busybox httpd -p "$address" -h pages
done
cat >names <<'END'
no-resolv
no-hosts
bind-interfaces
host-record=good.test,93.184.216.10,0
host-record=other.test,93.184.216.20
host-record=good.test.forged.test,93.184.216.20
host-record=www.wild.test,93.184.216.21
host-record=private.test,192.168.7.7
END
in_outside dnsmasq -C names --pid-file= --listen-address=93.184.216.53,93.184.216.20
in_outside dnsmasq -C names --pid-file= --listen-address=93.184.216.20 --port=5353
