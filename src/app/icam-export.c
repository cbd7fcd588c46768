/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-export.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "client/icam-client-export.h"
#include "client/icam-words.h"

#define CHOICE_FORMAT "format"
#define CHOICE_EXACT "exact"

struct _IcamExport
{
  GObject parent_instance;

  IcamClient *client;
  GPtrArray *cameras;
  char *name; /* of the camera, as it was then, or how many they are */
  IcamExportRequest request;
  GtkFileChooserNative *chooser;
  GFile *file; /* or folder */
  IcamExportResult *result;
  GCancellable *cancellable;
  double progress;
  gint64 time_left; /* µs, -1 not known */
  gboolean running;
};

enum
{
  PROP_0,
  PROP_PROGRESS,
  PROP_RUNNING,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum
{
  ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamExport, icam_export, G_TYPE_OBJECT)

static void
end (IcamExport *self,
     const char *words)
{
  /* In this order: who listens lets go of it when it no longer runs. */
  if (words != NULL)
    g_signal_emit (self, signals[ENDED], 0, words);
  self->running = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

static void
end_error (IcamExport   *self,
           const GError *error)
{
  g_autofree char *reason = icam_words_error (error);
  g_autofree char *words = g_strdup_printf (
    /* Translators: a camera's name, and the reason as a sentence */
    _("%s was not exported. %s"), self->name, reason);

  end (self, words);
}

static void
progress_cb (double   progress,
             gint64   time_left,
             gpointer user_data)
{
  IcamExport *self = user_data;

  self->progress = CLAMP (progress, 0, 1);
  self->time_left = time_left;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROGRESS]);
}

static void
end_well (IcamExport *self,
          GFile      *file)
{
  g_autofree char *size = g_format_size (self->result->bytes);
  g_autofree char *base = g_file_get_basename (file);
  g_autofree char *shown = g_filename_display_name (base);
  g_autofree char *remark = icam_export_result_remark (self->result, &self->request);
  /* Translators: name of a file and its size */
  g_autofree char *words = g_strdup_printf (_("Exported as %s (%s)"), shown, size);
  g_autofree char *all = remark != NULL ? g_strdup_printf ("%s. %s", words, remark) : NULL;

  end (self, all != NULL ? all : words);
}

static void
renamed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamExport) self = user_data;
  g_autoptr (GFile) file = g_file_set_display_name_finish (G_FILE (source), result, NULL);

  /* There may be one of that name, or a place where only this name may be used. */
  end_well (self, file != NULL ? file : G_FILE (source));
}

/* A file that says that it is MP4 is MP4. */
static char *
name_for (GFile            *file,
          IcamExportFormat  format)
{
  g_autofree char *base = g_file_get_basename (file);
  const char *wrong = icam_export_ending (format == ICAM_EXPORT_MP4 ? ICAM_EXPORT_MATROSKA : ICAM_EXPORT_MP4);
  gsize length = strlen (base), n = strlen (wrong) + 1;
  g_autofree char *stem = NULL;

  if (length <= n || base[length - n] != '.' || g_ascii_strcasecmp (base + length - n + 1, wrong) != 0)
    return NULL;
  stem = g_strndup (base, length - n);
  return g_strdup_printf ("%s.%s", stem, icam_export_ending (format));
}

static void
exported_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (IcamExport) self = user_data;
  g_autoptr (GError) error = NULL;

  self->result = icam_client_export_finish (ICAM_CLIENT (source), result, &error);
  if (self->result != NULL)
    {
      g_autofree char *name = name_for (self->file, self->result->format);

      if (name != NULL)
        g_file_set_display_name_async (self->file, name, G_PRIORITY_DEFAULT, NULL, renamed_cb,
                                       g_object_ref (self));
      else
        end_well (self, self->file);
      return;
    }
  /* Half a file is no file. */
  g_file_delete_async (self->file, G_PRIORITY_LOW, NULL, NULL, NULL);
  if (g_cancellable_is_cancelled (self->cancellable))
    end (self, NULL);
  else
    end_error (self, error);
}

static void
folder_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (IcamExport) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = icam_client_export_folder_finish (ICAM_CLIENT (source), result, &error);

  if (files != NULL)
    {
      g_autofree char *base = g_file_get_basename (self->file);
      g_autofree char *shown = g_filename_display_name (base);
      /* Translators: "3 cameras", and the name of a folder */
      g_autofree char *words = g_strdup_printf (_("Exported %s to the folder %s, with a page that shows them"), self->name, shown);

      end (self, words);
    }
  else if (g_cancellable_is_cancelled (self->cancellable))
    end (self, NULL);
  else
    end_error (self, error);
}

static void
open_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  g_autofree char *path = g_file_get_path (data);
  int fd = path != NULL ? open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

  if (fd < 0)
    g_task_return_new_error (task, G_IO_ERROR,
                             path != NULL ? g_io_error_from_errno (errno)
                                          : (int) G_IO_ERROR_NOT_SUPPORTED,
                             "%s", path != NULL ? g_strerror (errno) : _("Not a local file"));
  else
    g_task_return_int (task, fd);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  IcamExport *self = ICAM_EXPORT (source);
  g_autoptr (GError) error = NULL;
  int fd = (int) g_task_propagate_int (G_TASK (result), &error);

  if (error != NULL)
    {
      end_error (self, error);
      return;
    }
  if (!icam_camera_has_role (self->cameras->pdata[0], ICAM_ROLE_MAIN))
    self->request.role = ICAM_ROLE_SUB;
  icam_client_export_async (self->client, self->cameras->pdata[0], &self->request, fd, progress_cb,
                            self, self->cancellable, exported_cb, g_object_ref (self));
}

static void
begin (IcamExport *self)
{
  g_autoptr (GTask) task = NULL;

  self->running = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
  if (self->cameras->len > 1)
    {
      g_autofree char *path = g_file_get_path (self->file);
      g_autoptr (GError) error = NULL;

      if (path != NULL)
        {
          icam_client_export_folder_async (self->client, self->cameras, &self->request, path,
                                           progress_cb, self, self->cancellable, folder_cb,
                                           g_object_ref (self));
          return;
        }
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _("Not a local file"));
      end_error (self, error);
      return;
    }
  task = g_task_new (self, NULL, opened_cb, NULL);
  g_task_set_source_tag (task, begin);
  g_task_set_task_data (task, g_object_ref (self->file), g_object_unref);
  g_task_run_in_thread (task, open_thread);
}

static void
response_cb (IcamExport           *self,
             int                   response,
             GtkFileChooserNative *native)
{
  GtkFileChooser *chooser = GTK_FILE_CHOOSER (native);

  if (response == GTK_RESPONSE_ACCEPT)
    {
      self->file = gtk_file_chooser_get_file (chooser);
      icam_export_format_from_string (gtk_file_chooser_get_choice (chooser, CHOICE_FORMAT),
                                      &self->request.format);
      self->request.exact = g_strcmp0 (gtk_file_chooser_get_choice (chooser, CHOICE_EXACT), "true") == 0;
    }
  g_clear_object (&self->chooser);
  if (self->file == NULL)
    end (self, NULL);
  else
    begin (self);
}

static void
icam_export_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  IcamExport *self = ICAM_EXPORT (object);

  switch (prop_id)
    {
    case PROP_PROGRESS:
      g_value_set_double (value, self->progress);
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_export_finalize (GObject *object)
{
  IcamExport *self = ICAM_EXPORT (object);

  g_clear_object (&self->chooser);
  g_clear_object (&self->client);
  g_clear_pointer (&self->cameras, g_ptr_array_unref);
  g_clear_pointer (&self->result, icam_export_result_free);
  g_clear_object (&self->file);
  g_clear_object (&self->cancellable);
  g_free (self->name);
  G_OBJECT_CLASS (icam_export_parent_class)->finalize (object);
}

static void
icam_export_class_init (IcamExportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = icam_export_finalize;
  object_class->get_property = icam_export_get_property;
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[ENDED] = g_signal_new ("ended", ICAM_TYPE_EXPORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
icam_export_init (IcamExport *self)
{
  self->cancellable = g_cancellable_new ();
  self->time_left = -1;
}

/** icam_export_new: a span of cameras (IcamCamera) in µs UTC; nothing happens until icam_export_ask() */
IcamExport *
icam_export_new (IcamClient *client,
                 GPtrArray  *cameras,
                 gint64      from,
                 gint64      to)
{
  IcamExport *self;

  g_return_val_if_fail (ICAM_IS_CLIENT (client), NULL);
  g_return_val_if_fail (cameras->len > 0, NULL);
  g_return_val_if_fail (to > from, NULL);

  self = g_object_new (ICAM_TYPE_EXPORT, NULL);
  self->client = g_object_ref (client);
  self->cameras = g_ptr_array_ref (cameras);
  self->name = cameras->len == 1
                 ? g_strdup (icam_camera_get_name (cameras->pdata[0]))
                 : g_strdup_printf (ngettext ("%u camera", "%u cameras", cameras->len), cameras->len);
  self->request = (IcamExportRequest){ .role = ICAM_ROLE_MAIN, .from = from, .to = to, .format = ICAM_EXPORT_MP4 };
  return self;
}

static void
add_choices (GtkFileChooser *chooser)
{
  const char *formats[] = { icam_export_format_to_string (ICAM_EXPORT_MP4),
                            icam_export_format_to_string (ICAM_EXPORT_MATROSKA), NULL };
  const char *names[] = { _("MP4"), _("Matroska"), NULL };

  gtk_file_chooser_add_choice (chooser, CHOICE_FORMAT, _("Format"), formats, names);
  gtk_file_chooser_set_choice (chooser, CHOICE_FORMAT, formats[0]);
  gtk_file_chooser_add_choice (chooser, CHOICE_EXACT, _("Show nothing before the selected time"), NULL, NULL);
  gtk_file_chooser_set_choice (chooser, CHOICE_EXACT, "false");
}

/** icam_export_ask: asks for a file, or a folder, then begins */
void
icam_export_ask (IcamExport *self,
                 GtkWindow  *parent)
{
  gboolean folder;
  g_autofree char *title = NULL;

  g_return_if_fail (ICAM_IS_EXPORT (self));
  g_return_if_fail (self->chooser == NULL && self->file == NULL);

  folder = self->cameras->len > 1;
  /* Translators: title of a file chooser; a camera's name, or how many cameras */
  title = g_strdup_printf (_("Export %s"), self->name);
  self->chooser = gtk_file_chooser_native_new (title, parent,
                                               folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER
                                                      : GTK_FILE_CHOOSER_ACTION_SAVE,
                                               _("_Export"), _("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  add_choices (GTK_FILE_CHOOSER (self->chooser));
  if (!folder)
    {
      g_autofree char *base = icam_export_file_name (self->name, self->request.from);
      g_autofree char *name = g_strdup_printf ("%s.%s", base, icam_export_ending (self->request.format));

      gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
    }
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/** icam_export_cancel: ends it; what was written is removed */
void
icam_export_cancel (IcamExport *self)
{
  g_return_if_fail (ICAM_IS_EXPORT (self));
  g_cancellable_cancel (self->cancellable);
}

/** icam_export_get_progress: 0 to 1 */
double
icam_export_get_progress (IcamExport *self)
{
  g_return_val_if_fail (ICAM_IS_EXPORT (self), 0);
  return self->progress;
}

/** icam_export_get_time_left: µs, -1 while it is not known */
gint64
icam_export_get_time_left (IcamExport *self)
{
  g_return_val_if_fail (ICAM_IS_EXPORT (self), -1);
  return self->time_left;
}

/** icam_export_get_name: of the camera, or how many they are */
const char *
icam_export_get_name (IcamExport *self)
{
  g_return_val_if_fail (ICAM_IS_EXPORT (self), NULL);
  return self->name;
}
