/**
 * What an image's own boot loader would boot. The image is not trusted: its file systems are read by GRUB's code in a jail, its
 * configuration by a parser that knows no way out of the image, with bounds on everything.
 */
@NullMarked
package crosvm.runner.bootentry;

import org.jspecify.annotations.NullMarked;
