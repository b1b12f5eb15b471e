/** The records of the VM spec: what a user asks for, immutable, and nothing about how it is read or run. */
@NullMarked
package crosvm.schema.model;

import org.jspecify.annotations.NullMarked;
