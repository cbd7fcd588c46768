/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-keeping.h"

#include "recorder/icam-reply.h"

#define SETTING_DAYS "keep-days"
#define SETTING_FLOOR "floor-bytes"
#define MAX_NOTE 200

typedef struct
{
  IcamUuid id; /* channel or protection */
  gint64 from, to;
  char *note;
  gint32 days;
  gint64 floor_bytes;
} Wish;

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  g_free (wish->note);
  g_free (wish);
}

static void
on_answer (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;
  g_autoptr (GVariant) value = g_task_propagate_pointer (G_TASK (result), &error);

  if (error != NULL)
    icam_reply_error (invocation, error);
  else
    g_dbus_method_invocation_return_value (invocation, value);
}

/* @value: floating or NULL; @error: taken. */
static void
answer (GTask    *task,
        GVariant *value,
        GError   *error)
{
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, value != NULL ? g_variant_ref_sink (value) : NULL, (GDestroyNotify) g_variant_unref);
}

/* Takes the wish. */
static GTask *
task_of (IcamContext           *context,
         GDBusMethodInvocation *invocation,
         Wish                   wish)
{
  GTask *task = g_task_new (context->archive, NULL, on_answer, invocation);

  g_task_set_source_tag (task, task_of);
  g_task_set_task_data (task, g_memdup2 (&wish, sizeof wish), wish_free);
  return task;
}

/* ---- folders ---- */

static void
list_folders (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  g_autoptr (GPtrArray) folders = icam_archive_list_folders (source);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GError *error = NULL;

  if (!icam_archive_measure_folders (source, folders, &error))
    {
      answer (task, NULL, error);
      return;
    }
  for (guint i = 0; i < folders->len; i++)
    {
      const IcamFolderRow *row = folders->pdata[i];
      GVariantDict dict = G_VARIANT_DICT_INIT (NULL);

      g_variant_dict_insert (&dict, "path", "s", row->path);
      g_variant_dict_insert (&dict, "main", "b", row->main);
      g_variant_dict_insert_value (&dict, "problem", icam_error_to_variant (row->problem));
      g_variant_dict_insert (&dict, "free", "x", row->free_bytes);
      g_variant_dict_insert (&dict, "size", "x", row->size_bytes);
      g_variant_dict_insert (&dict, "floor", "x", row->floor_bytes);
      g_variant_dict_insert (&dict, "used", "x", row->used_bytes);
      g_variant_dict_insert (&dict, "days", "d", row->days);
      g_variant_builder_add_value (&builder, g_variant_dict_end (&dict));
    }
  answer (task, g_variant_new ("(aa{sv})", &builder), NULL);
}

/**
 * icam_keeping_list_folders:
 * @context: the context
 * @invocation: (transfer full): ListFolders
 */
void
icam_keeping_list_folders (IcamContext           *context,
                           GDBusMethodInvocation *invocation)
{
  g_autoptr (GTask) task = task_of (context, invocation, (Wish) { 0 });

  icam_workers_read (context->workers, task, list_folders);
}

/* ---- protections ---- */

static void
list_protections (GTask        *task,
                  gpointer      source,
                  gpointer      data,
                  GCancellable *cancellable)
{
  const Wish *wish = data;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sxxxs)"));
  GError *error = NULL;
  g_autoptr (GArray) rows = icam_archive_list_protections (source, &wish->id, &error);

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      const IcamProtectionRow *row = &g_array_index (rows, IcamProtectionRow, i);
      char id[ICAM_UUID_TEXT_SIZE];

      icam_uuid_format (&row->id, id);
      g_variant_builder_add (&builder, "(sxxxs)", id, row->from_us, row->to_us, row->made_us, row->note);
    }
  answer (task, rows != NULL ? g_variant_new ("(a(sxxxs))", &builder) : NULL, error);
}

/**
 * icam_keeping_list_protections:
 * @context: the context
 * @invocation: (transfer full): ListProtections
 * @channel: whose
 */
void
icam_keeping_list_protections (IcamContext           *context,
                               GDBusMethodInvocation *invocation,
                               const IcamUuid        *channel)
{
  g_autoptr (GTask) task = task_of (context, invocation, (Wish) { .id = *channel });

  icam_workers_read (context->workers, task, list_protections);
}

static void
protect (GTask        *task,
         gpointer      source,
         gpointer      data,
         GCancellable *cancellable)
{
  const Wish *wish = data;
  char text[ICAM_UUID_TEXT_SIZE];
  GError *error = NULL;
  IcamUuid id;

  if (!icam_archive_protect (source, &wish->id, wish->from, wish->to, wish->note, &id, &error))
    {
      answer (task, NULL, error);
      return;
    }
  icam_uuid_format (&id, text);
  answer (task, g_variant_new ("(s)", text), NULL);
}

/**
 * icam_keeping_protect:
 * @context: the context
 * @invocation: (transfer full): Protect
 * @channel: whose
 * @from: UTC in µs
 * @to: UTC in µs, not included
 * @note: (nullable): why
 */
void
icam_keeping_protect (IcamContext           *context,
                      GDBusMethodInvocation *invocation,
                      const IcamUuid        *channel,
                      gint64                 from,
                      gint64                 to,
                      const char            *note)
{
  Wish wish = { .id = *channel, .from = from, .to = to, .note = note != NULL ? g_utf8_substring (note, 0, MIN (g_utf8_strlen (note, -1), MAX_NOTE)) : NULL };
  g_autoptr (GTask) task = task_of (context, invocation, wish);

  icam_workers_write (context->workers, task, protect);
}

static void
unprotect (GTask        *task,
           gpointer      source,
           gpointer      data,
           GCancellable *cancellable)
{
  const Wish *wish = data;
  GError *error = NULL;

  icam_archive_unprotect (source, &wish->id, &error);
  answer (task, NULL, error);
}

/**
 * icam_keeping_unprotect:
 * @context: the context
 * @invocation: (transfer full): Unprotect
 * @id: of a protection
 */
void
icam_keeping_unprotect (IcamContext           *context,
                        GDBusMethodInvocation *invocation,
                        const IcamUuid        *id)
{
  g_autoptr (GTask) task = task_of (context, invocation, (Wish) { .id = *id });

  icam_workers_write (context->workers, task, unprotect);
}

/* ---- how long ---- */

/**
 * icam_keeping_get_days:
 * @context: the context
 *
 * Returns: whole days that recordings are kept, 0: as long as there is room
 */
gint32
icam_keeping_get_days (IcamContext *context)
{
  g_autofree char *text = icam_archive_get_setting (context->archive, SETTING_DAYS);
  gint64 days = 0;

  return text != NULL && g_ascii_string_to_signed (text, 10, 0, G_MAXINT32, &days, NULL) ? (gint32) days : 0;
}

static void
set (GTask        *task,
     gpointer      source,
     gpointer      data,
     GCancellable *cancellable)
{
  const Wish *wish = data;
  g_autofree char *days = g_strdup_printf ("%d", wish->days);
  g_autofree char *floor_bytes = g_strdup_printf ("%" G_GINT64_FORMAT, wish->floor_bytes);
  GError *error = NULL;

  if ((wish->days < 0 || icam_archive_set_setting (source, SETTING_DAYS, days, &error)) && wish->floor_bytes >= 0)
    icam_archive_set_setting (source, SETTING_FLOOR, floor_bytes, &error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/**
 * icam_keeping_set_async:
 * @context: the context
 * @days: whole days that recordings are kept, 0: as long as there is room, -1: as it is
 * @floor_bytes: what is kept free on each disk, -1: as it is
 * @callback: called when it is remembered; its source is the archive
 * @user_data: for @callback
 */
void
icam_keeping_set_async (IcamContext        *context,
                        gint32              days,
                        gint64              floor_bytes,
                        GAsyncReadyCallback callback,
                        gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (context->archive, NULL, callback, user_data);
  Wish wish = { .days = days, .floor_bytes = floor_bytes };

  g_task_set_source_tag (task, icam_keeping_set_async);
  g_task_set_task_data (task, g_memdup2 (&wish, sizeof wish), wish_free);
  icam_workers_write (context->workers, task, set);
}

/**
 * icam_keeping_set_finish:
 * @result: a result
 * @error: return location
 *
 * Returns: whether it is remembered
 */
gboolean
icam_keeping_set_finish (GAsyncResult *result,
                         GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
