/** Linux booted by the real launcher, in the nested lab: started by .ci/test, which says where images and launcher are. */
@NullMarked
package crosvm.runner.boot;

import org.jspecify.annotations.NullMarked;
