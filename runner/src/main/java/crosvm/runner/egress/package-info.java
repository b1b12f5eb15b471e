/** What machines on a network may reach outside, by name or by address: rules for nft, names for dnsmasq, and who was refused what. */
@NullMarked
package crosvm.runner.egress;

import org.jspecify.annotations.NullMarked;
