/** What people see: exit statuses, error texts, tables and pictures. */
@NullMarked
package crosvm.runner.report;

import org.jspecify.annotations.NullMarked;
