/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The worker ended and another one would end the same way: it is not started again. */
#define ICAM_EXIT_FINAL 3

/* The small parent: one thread, no main loop, nothing that anybody needs. */
int icam_supervisor_run (const char  *program,
                         char       **arguments);

G_END_DECLS
