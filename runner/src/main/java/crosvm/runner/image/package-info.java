/**
 * Images by URL: a cache of this user's, known by digests, and what fills it. Nothing in it is taken for what it says it is: a
 * download is used once its digest is right, a cached file is digested again after a boot of the host or a change of it.
 */
@NullMarked
package crosvm.runner.image;

import org.jspecify.annotations.NullMarked;
