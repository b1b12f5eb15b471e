# What a guest behind an allow-list tries: good.test:80, *.wild.test, private.test; AGAIN is set where the end of an answer is awaited.
b=/bin/busybox
try() { # NAME COMMAND...
  name=$1
  shift
  if "$@"; then $b echo "CROSVM-try $name yes"; else $b echo "CROSVM-try $name no"; fi
}
get() { $b timeout ${2:-10} $b wget -q -O - http://$1/ 2>/dev/null | $b grep -qx it; }
ask() { $b timeout 10 $b nslookup -type=a "$@" 2>/dev/null | $b grep -q 'Address: 93\.184\.216\.[12]'; }
answered() { # ADDRESS NAME
  $b timeout 10 $b nslookup -type=a $2 2>/dev/null | $b grep -qF "$1"
}
soon() { # COMMAND...: so many times as SOON says, 300 by default
  n=0
  until "$@"; do
    n=$((n + 1))
    [ $n -lt ${SOON:-300} ] || return 1
    $b sleep 2
  done
}
routed() { $b ip -6 route | $b grep -q '^default'; }
soon routed
try literal-before get 93.184.216.10
try name soon get good.test 60
try literal-after get 93.184.216.10 60
try wildcard soon get www.wild.test 60
try other-port get good.test:8080
try other-literal get 93.184.216.20
try other-resolver ask good.test 93.184.216.20
try other-dns-port ask -port=5353 good.test 93.184.216.20
try dns-over-tls $b timeout 10 $b nc 93.184.216.20 853 -e /bin/true
try forged-name ask good.test.forged.test
try unlisted-name ask other.test
try rebinding answered 192.168.7.7 private.test
try ipv6 get '[2001:db8:1::10]'
try ping $b ping -c 2 -W 5 93.184.216.10
[ -z "$AGAIN" ] || {
  # An address stays for five to ten minutes after its last answer.
  $b sleep 300
  n=0
  while get 93.184.216.10 10 && [ $n -lt 40 ]; do n=$((n + 1)); $b sleep 10; done
  try literal-late get 93.184.216.10
  try name-again soon get good.test 60
  try literal-again get 93.184.216.10 60
}
$b echo "CROSVM-tried"
