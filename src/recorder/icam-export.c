/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-export.h"

#include <unistd.h>

typedef struct
{
  IcamArchive *archive;
  IcamUuid channel;
  IcamRole role;
  gint64 from, to;
  int fd;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;

  if (export->fd >= 0)
    close (export->fd);
  g_object_unref (export->archive);
  g_free (export);
}

static void
on_progress (double   progress,
             gpointer user_data)
{
  icam_job_progress (user_data, progress);
}

static gboolean
run (IcamJob      *job,
     gpointer      data,
     GCancellable *cancellable,
     GVariant    **result,
     GError      **error)
{
  Export *export = data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_auto (GVariantBuilder) gaps = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxs)"));
  g_autoptr (GArray) rows = NULL;
  gint64 from, to;
  guint64 bytes;

  if (!icam_archive_export (export->archive, &export->channel, export->role, export->from, export->to, export->fd,
                            on_progress, job, cancellable, &from, &to, &bytes, error))
    return FALSE;

  rows = icam_archive_list_gaps (export->archive, &export->channel, export->role, export->from, export->to, error);
  if (rows == NULL)
    return FALSE;

  /* Who reads a pipe sees its end before the job says that it is done. */
  close (export->fd);
  export->fd = -1;

  for (guint i = 0; i < rows->len; i++)
    {
      const IcamGapRow *row = &g_array_index (rows, IcamGapRow, i);

      g_variant_builder_add (&gaps, "(xxs)", row->start_us, row->end_us, icam_gap_cause_to_string (row->cause));
    }
  g_variant_dict_insert (&dict, "bytes", "t", bytes);
  g_variant_dict_insert (&dict, "from", "x", from);
  g_variant_dict_insert (&dict, "to", "x", to);
  g_variant_dict_insert_value (&dict, "gaps", g_variant_builder_end (&gaps));
  *result = g_variant_dict_end (&dict);
  return TRUE;
}

/**
 * icam_export_start:
 * @context: the context
 * @channel: whose pictures
 * @role: which encoding
 * @from: UTC in µs
 * @to: UTC in µs
 * @fd: (transfer full): where one Matroska file is written
 *
 * Returns: (transfer full): the job, running
 */
IcamJob *
icam_export_start (IcamContext    *context,
                   const IcamUuid *channel,
                   IcamRole        role,
                   gint64          from,
                   gint64          to,
                   int             fd)
{
  Export *export = g_new0 (Export, 1);

  export->archive = g_object_ref (context->archive);
  export->channel = *channel;
  export->role = role;
  export->from = from;
  export->to = to;
  export->fd = fd;
  return icam_job_start ("export", run, export, export_free);
}
