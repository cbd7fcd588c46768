/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-player-index.h"

static gboolean
is_newer (const IcamSpan *one,
          const IcamSpan *other)
{
  return one->epoch != other->epoch ? one->epoch > other->epoch : one->seq > other->seq;
}

/**
 * icam_recordings_find:
 * @self: what was recorded
 * @utc: UTC in µs
 *
 * Where two epochs cover the same time (the clock was set back) the newer one is taken (DESIGN, "Time"). The last picture of a
 * segment shows until the first one of the next if that comes within %ICAM_SEAM_US.
 *
 * Returns: (transfer none) (nullable): the segment that shows the time
 */
const IcamSpan *
icam_recordings_find (IcamRecordings *self,
                      gint64          utc)
{
  const IcamSpan *best = NULL;

  for (guint i = 0; i < self->spans->len; i++)
    {
      const IcamSpan *span = &g_array_index (self->spans, IcamSpan, i);

      if (span->start > utc)
        break;
      if (utc < span->end && (best == NULL || is_newer (span, best)))
        best = span;
    }
  if (best != NULL)
    return best;

  for (guint i = 0; i < self->spans->len; i++)
    {
      const IcamSpan *span = &g_array_index (self->spans, IcamSpan, i);

      if (span->start > utc)
        break;
      if (utc < span->end + ICAM_SEAM_US && (best == NULL || is_newer (span, best)))
        best = span;
    }

  return best;
}

/**
 * icam_recordings_next:
 * @self: what was recorded
 * @utc: UTC in µs
 * @after: (nullable): a segment that is passed over, whatever its times
 *
 * Returns: (transfer none) (nullable): the segment that shows @utc, else the first one after it
 */
const IcamSpan *
icam_recordings_next (IcamRecordings *self,
                      gint64          utc,
                      const IcamSpan *after)
{
  const IcamSpan *best = NULL;

  for (guint i = 0; i < self->spans->len; i++)
    {
      const IcamSpan *span = &g_array_index (self->spans, IcamSpan, i);

      if (span->end <= utc || (after != NULL && span->seq == after->seq && g_str_equal (span->channel, after->channel)))
        continue;
      if (after != NULL && !is_newer (span, after) && g_str_equal (span->channel, after->channel))
        continue;
      if (best == NULL)
        best = span;
      else if (span->start > MAX (utc, best->start))
        break;
      else if (is_newer (span, best))
        best = span;
    }

  return best;
}

/**
 * icam_recordings_nearest:
 * @self: what was recorded
 * @utc: UTC in µs
 *
 * Returns: UTC in µs of the nearest time with a picture, 0 if there is none
 */
gint64
icam_recordings_nearest (IcamRecordings *self,
                         gint64          utc)
{
  gint64 best = 0;
  gint64 distance = G_MAXINT64;

  for (guint i = 0; i < self->spans->len; i++)
    {
      const IcamSpan *span = &g_array_index (self->spans, IcamSpan, i);
      gint64 candidate = CLAMP (utc, span->start, MAX (span->start, span->end - 1));

      if (ABS (candidate - utc) < distance)
        {
          best = candidate;
          distance = ABS (candidate - utc);
        }
    }

  return best;
}

/**
 * icam_recordings_cause:
 * @self: what was recorded
 * @utc: UTC in µs
 *
 * Returns: why nothing was recorded then
 */
IcamGapCause
icam_recordings_cause (IcamRecordings *self,
                       gint64          utc)
{
  for (guint i = 0; i < self->gaps->len; i++)
    {
      const IcamGap *gap = &g_array_index (self->gaps, IcamGap, i);

      if (gap->start <= utc && (gap->end == 0 || utc < gap->end))
        return gap->cause;
    }

  return ICAM_GAP_UNKNOWN;
}
