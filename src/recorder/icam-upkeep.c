/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-upkeep.h"

#include "archive/icam-archive-move.h"

/* How many findings are told one by one; all are counted. */
#define MAX_FINDINGS 500

typedef struct
{
  IcamArchive *archive;
  IcamJob *job;
  IcamCheckOptions options;
  GVariantBuilder findings; /* a(ss) */
  guint n_findings;
} Look;

static void
look_free (gpointer data)
{
  Look *look = data;

  g_variant_builder_clear (&look->findings);
  g_object_unref (look->archive);
  g_free (look);
}

static void
on_finding (IcamFinding finding,
            const char *what,
            gpointer    user_data)
{
  Look *look = user_data;
  g_autofree char *valid = g_utf8_make_valid (what, -1);

  if (look->n_findings++ < MAX_FINDINGS)
    g_variant_builder_add (&look->findings, "(ss)", icam_finding_to_string (finding), valid);
}

static void
on_progress (double   progress,
             gpointer user_data)
{
  icam_job_progress (((Look *) user_data)->job, progress);
}

static GVariant *
result_variant (Look                  *look,
                const IcamCheckResult *result)
{
  GVariantBuilder found = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{su}"));
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; i < ICAM_N_FINDINGS; i++)
    if (result->found[i] > 0)
      g_variant_builder_add (&found, "{su}", icam_finding_to_string (i), result->found[i]);
  g_variant_dict_insert (&dict, "segments", "t", result->segments);
  g_variant_dict_insert (&dict, "bytes", "t", result->bytes);
  g_variant_dict_insert (&dict, "unfinished", "u", result->unfinished);
  g_variant_dict_insert (&dict, "mended", "u", result->mended);
  g_variant_dict_insert (&dict, "restored", "t", result->restored);
  g_variant_dict_insert_value (&dict, "found", g_variant_builder_end (&found));
  g_variant_dict_insert_value (&dict, "findings", g_variant_builder_end (&look->findings));
  g_variant_builder_init (&look->findings, G_VARIANT_TYPE ("a(ss)"));
  return g_variant_dict_end (&dict);
}

static gboolean
run_look (IcamJob      *job,
          gpointer      data,
          GCancellable *cancellable,
          GVariant    **result,
          GError      **error)
{
  Look *look = data;
  IcamCheckResult found;

  look->job = job;
  look->options.cancellable = cancellable;
  if (!icam_archive_examine (look->archive, &look->options, &found, error))
    return FALSE;
  *result = result_variant (look, &found);
  return TRUE;
}

static IcamJob *
start_look (IcamContext *context,
            const char  *kind,
            gboolean     deep,
            gboolean     repair,
            gboolean     restore)
{
  Look *look = g_new0 (Look, 1);

  look->archive = g_object_ref (context->archive);
  look->options = (IcamCheckOptions) {
    .deep = deep,
    .repair = repair,
    .restore = restore,
    .report = on_finding,
    .progress = on_progress,
    .user_data = look,
  };
  g_variant_builder_init (&look->findings, G_VARIANT_TYPE ("a(ss)"));
  return icam_job_start (kind, run_look, look, look_free);
}

/**
 * icam_upkeep_check:
 * @context: the context
 * @deep: read all of each file, too
 * @repair: mend what can be mended
 *
 * Returns: (transfer full): the job, running
 */
IcamJob *
icam_upkeep_check (IcamContext *context,
                   gboolean     deep,
                   gboolean     repair)
{
  return start_look (context, "check", deep, repair, FALSE);
}

/**
 * icam_upkeep_rebuild:
 * @context: the context
 *
 * Takes back into the catalogue what a backup and the files know and it does not.
 *
 * Returns: (transfer full): the job, running
 */
IcamJob *
icam_upkeep_rebuild (IcamContext *context)
{
  return start_look (context, "rebuild", FALSE, TRUE, TRUE);
}

static gboolean
run_backup (IcamJob      *job,
            gpointer      data,
            GCancellable *cancellable,
            GVariant    **result,
            GError      **error)
{
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);
  guint folders = 0;

  if (!icam_archive_back_up (data, cancellable, &folders, error))
    {
      g_variant_dict_clear (&dict);
      return FALSE;
    }
  g_variant_dict_insert (&dict, "folders", "u", folders);
  *result = g_variant_dict_end (&dict);
  return TRUE;
}

/**
 * icam_upkeep_back_up:
 * @context: the context
 *
 * Returns: (transfer full): the job, running
 */
IcamJob *
icam_upkeep_back_up (IcamContext *context)
{
  return icam_job_start ("backup", run_backup, g_object_ref (context->archive), g_object_unref);
}

/* ---- to another folder ---- */

typedef struct
{
  IcamArchive *archive;
  IcamJob *job;
  IcamUuid channel;
  char *folder;
} Move;

static void
move_free (gpointer data)
{
  Move *move = data;

  g_object_unref (move->archive);
  g_free (move->folder);
  g_free (move);
}

static void
on_moved (double   progress,
          gpointer user_data)
{
  icam_job_progress (((Move *) user_data)->job, progress);
}

static gboolean
run_move (IcamJob      *job,
          gpointer      data,
          GCancellable *cancellable,
          GVariant    **result,
          GError      **error)
{
  Move *move = data;
  GVariantDict dict;
  guint64 bytes;
  guint moved;

  move->job = job;
  if (!icam_archive_move (move->archive, &move->channel, move->folder, on_moved, move, cancellable, &moved, &bytes, error))
    return FALSE;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "segments", "u", moved);
  g_variant_dict_insert (&dict, "bytes", "t", bytes);
  *result = g_variant_dict_end (&dict);
  return TRUE;
}

/**
 * icam_upkeep_move:
 * @context: the context
 * @channel: whose recordings
 * @folder: where they are brought
 *
 * Returns: (transfer full): the job, running
 */
IcamJob *
icam_upkeep_move (IcamContext    *context,
                  const IcamUuid *channel,
                  const char     *folder)
{
  Move *move = g_new0 (Move, 1);

  move->archive = g_object_ref (context->archive);
  move->channel = *channel;
  move->folder = g_strdup (folder);
  return icam_job_start ("move", run_move, move, move_free);
}

static void
finish_moves (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  icam_archive_finish_moves (source);
  icam_archive_finish_protections (source);
  icam_archive_finish_deletions (source);
  g_task_return_boolean (task, TRUE);
}

/**
 * icam_upkeep_finish_moves:
 * @context: the context
 *
 * Drops what a move that was killed left over, and completes a protection and a deletion; once, at the start.
 */
void
icam_upkeep_finish_moves (IcamContext *context)
{
  g_autoptr (GTask) task = g_task_new (context->archive, NULL, NULL, NULL);

  g_task_set_source_tag (task, icam_upkeep_finish_moves);
  icam_workers_read (context->workers, task, finish_moves);
}

/* ---- a word ---- */

static void
confirm (GTask        *task,
         gpointer      source,
         gpointer      data,
         GCancellable *cancellable)
{
  GError *error = NULL;

  if (icam_archive_confirm_age (source, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * icam_upkeep_confirm_async:
 * @context: the context
 * @callback: called when it is remembered; its source is the archive
 * @user_data: for @callback
 *
 * A person has looked at clock and catalogue: what is old may be deleted.
 */
void
icam_upkeep_confirm_async (IcamContext        *context,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (context->archive, NULL, callback, user_data);

  g_task_set_source_tag (task, icam_upkeep_confirm_async);
  icam_workers_write (context->workers, task, confirm);
}

/**
 * icam_upkeep_confirm_finish:
 * @result: the result
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: whether it is remembered
 */
gboolean
icam_upkeep_confirm_finish (GAsyncResult *result,
                            GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * icam_upkeep_age_name:
 * @age: why nothing is deleted because of its age
 *
 * Returns: (transfer none): its frozen name
 */
const char *
icam_upkeep_age_name (IcamAge age)
{
  static const char *const names[] = {
    [ICAM_AGE_TRUSTED] = "on",
    [ICAM_AGE_CLOCK] = "clock",
    [ICAM_AGE_CATALOGUE] = "catalogue",
  };

  return names[age];
}
