/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "app/icam-scale.h"
#include "client/icam-client.h"

G_BEGIN_DECLS

/* A span that is never deleted. */
typedef struct
{
  gint64 start, end;
} IcamKept;

/* What a camera's row shows. */
typedef struct
{
  IcamCamera *camera;
  GArray *runs;      /* of IcamRun, by start */
  GArray *gaps;      /* of IcamGap, by start */
  GPtrArray *events; /* of IcamEvent, newest first */
  GArray *kept;      /* of IcamKept: what is protected */
} IcamTimelineRow;

/* What the timeline knows of a span and a little about it: asks the recorder in the background, again when
 * something changed. Signal: "changed". */
#define ICAM_TYPE_TIMELINE_DATA (icam_timeline_data_get_type ())
G_DECLARE_FINAL_TYPE (IcamTimelineData, icam_timeline_data, ICAM, TIMELINE_DATA, GObject)

IcamTimelineData      *icam_timeline_data_new        (IcamClient       *client);
void                   icam_timeline_data_set_span   (IcamTimelineData *self,
                                                      gint64            from,
                                                      gint64            to);
guint                  icam_timeline_data_get_n_rows (IcamTimelineData *self);
const IcamTimelineRow *icam_timeline_data_get_row    (IcamTimelineData *self,
                                                      guint             index);
IcamEvent             *icam_timeline_data_find_event (IcamTimelineData *self,
                                                      const char       *camera,
                                                      gint64            time,
                                                      int               direction);

G_END_DECLS
