/** A spec as text for the engines that run services: systemd units, Podman's Quadlet, objects of Kubernetes. */
@NullMarked
package crosvm.runner.export;

import org.jspecify.annotations.NullMarked;
