/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* icamworkqueue: a queue whose other side is run by the threads of one bounded pool for the whole process, so that what is decoded at the same
 * time does not cost a thread each. It never blocks who pushes: what does not fit is dropped up to the next key frame. */
#define ICAM_TYPE_WORK_QUEUE (icam_work_queue_get_type ())
G_DECLARE_FINAL_TYPE (IcamWorkQueue, icam_work_queue, ICAM, WORK_QUEUE, GstElement)

G_END_DECLS
