/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "icam-recorder1.h"

G_BEGIN_DECLS

/* Long work on a thread of its own, with low priority, as an object on the bus. "ended" () is emitted once. */
#define ICAM_TYPE_JOB (icam_job_get_type ())
G_DECLARE_FINAL_TYPE (IcamJob, icam_job, ICAM, JOB, GObject)

/* Runs in the job's thread. @result: a{sv} for the property Result; floating or NULL. */
typedef gboolean (*IcamJobFunc) (IcamJob      *job,
                                 gpointer      data,
                                 GCancellable *cancellable,
                                 GVariant    **result,
                                 GError      **error);

IcamJob                *icam_job_start        (const char     *kind,
                                               IcamJobFunc     func,
                                               gpointer        data,
                                               GDestroyNotify  destroy);
void                    icam_job_progress     (IcamJob        *self,
                                               double          progress);
void                    icam_job_cancel       (IcamJob        *self);
gboolean                icam_job_is_running   (IcamJob        *self);
IcamDBusJob            *icam_job_get_skeleton (IcamJob        *self);

G_END_DECLS
