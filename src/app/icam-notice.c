/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-notice.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "client/icam-words.h"

struct _IcamNotice
{
  AdwBin parent_instance;

  IcamClient *client;

  GtkRevealer *revealer;
  GtkLabel *label;
  GtkButton *button;
};

G_DEFINE_FINAL_TYPE (IcamNotice, icam_notice, ADW_TYPE_BIN)

/* One thing at a time, the worst first. */
static void
update (IcamNotice *self)
{
  IcamClientState state = icam_client_get_state (self->client);
  guint n_cameras = g_list_model_get_n_items (icam_client_get_cameras (self->client));
  const char *keyring = icam_client_get_keyring_state (self->client);
  g_autoptr (GError) archive_error = icam_client_dup_archive_error (self->client);
  g_autofree char *text = NULL;
  const char *button = NULL;
  const char *action = NULL;

  if (state == ICAM_CLIENT_ABSENT && n_cameras > 0)
    {
      text = g_strdup (_("The recorder is not running. Nothing is being recorded."));
      button = _("Start");
      action = "win.start-recorder";
    }
  else if (state == ICAM_CLIENT_READY && g_strcmp0 (keyring, "locked") == 0)
    {
      guint n_waiting = 0;

      for (guint i = 0; i < n_cameras; i++)
        {
          g_autoptr (IcamCamera) camera
            = g_list_model_get_item (icam_client_get_cameras (self->client), i);

          n_waiting += g_strcmp0 (icam_camera_get_state (camera), "waiting") == 0;
        }
      if (n_waiting > 0)
        text = g_strdup_printf (ngettext ("The keyring is locked: %u camera waits.",
                                          "The keyring is locked: %u cameras wait.", n_waiting),
                                n_waiting);
      else
        text = g_strdup (
          _("The keyring is locked: passwords can neither be read nor kept until it is unlocked."));
      button = _("Unlock");
      action = "win.unlock-keyring";
    }
  else if (state == ICAM_CLIENT_READY && g_strcmp0 (keyring, "absent") == 0)
    {
      text = g_strdup (_("This computer has no keyring that is running: passwords of cameras cannot "
                         "be kept."));
    }
  else if (state == ICAM_CLIENT_READY && archive_error != NULL)
    {
      text = icam_words_error (archive_error);
      button = _("Choose…");
      action = "win.choose-folder";
    }
  gtk_revealer_set_reveal_child (self->revealer, text != NULL);
  if (text == NULL)
    return;
  if (g_strcmp0 (gtk_label_get_text (self->label), text) != 0)
    gtk_label_set_text (self->label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->button), button != NULL);
  if (button != NULL)
    {
      gtk_button_set_label (self->button, button);
      icam_accessible_set_label (GTK_WIDGET (self->button), button);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (self->button), action);
    }
}

static void
icam_notice_dispose (GObject *object)
{
  g_clear_object (&ICAM_NOTICE (object)->client);
  G_OBJECT_CLASS (icam_notice_parent_class)->dispose (object);
}

static void
icam_notice_class_init (IcamNoticeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_notice_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-notice.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamNotice, revealer);
  gtk_widget_class_bind_template_child (widget_class, IcamNotice, label);
  gtk_widget_class_bind_template_child (widget_class, IcamNotice, button);
}

static void
icam_notice_init (IcamNotice *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/** icam_notice_set_client: the recorder; once */
void
icam_notice_set_client (IcamNotice *self,
                        IcamClient *client)
{
  static const char *const watched[]
    = { "notify::state", "notify::keyring-state", "notify::archive-error" };

  g_return_if_fail (ICAM_IS_NOTICE (self));
  g_return_if_fail (self->client == NULL);

  self->client = g_object_ref (client);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (client, watched[i], G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (icam_client_get_cameras (client), "items-changed", G_CALLBACK (update),
                           self, G_CONNECT_SWAPPED);
  update (self);
}

/** icam_notice_update: what it counts may have changed; once a second */
void
icam_notice_update (IcamNotice *self)
{
  g_return_if_fail (ICAM_IS_NOTICE (self));
  if (self->client != NULL)
    update (self);
}
