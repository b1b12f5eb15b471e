/** What the build puts into JNA. */
package com.sun.jna;
