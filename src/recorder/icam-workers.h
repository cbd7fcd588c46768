/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Where the main thread sends what may wait for a disk or a processor. Reads share a few threads; changes run one after the other in the
 * order in which they were asked for. */
typedef struct _IcamWorkers IcamWorkers;

typedef void (*IcamWork) (gpointer data);

IcamWorkers *icam_workers_new   (void);
void         icam_workers_free  (IcamWorkers     *self);
void         icam_workers_read  (IcamWorkers     *self,
                                 GTask           *task,
                                 GTaskThreadFunc  work);
void         icam_workers_write (IcamWorkers     *self,
                                 GTask           *task,
                                 GTaskThreadFunc  work);
void         icam_workers_post  (IcamWorkers     *self,
                                 IcamWork         work,
                                 gpointer         data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamWorkers, icam_workers_free)

G_END_DECLS
