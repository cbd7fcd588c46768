/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-application.h"

#include <glib/gi18n.h>

#include "app/icam-notifier.h"
#include "app/icam-window.h"
#include "client/icam-client.h"
#include "icam-resources.h"

struct _IcamApplication
{
  AdwApplication parent_instance;

  IcamClient *client;
  IcamNotifier *notifier; /* NULL in the kiosk and without settings */
  GSettings *settings; /* NULL where the schema is not installed */
  gboolean kiosk;
};

G_DEFINE_FINAL_TYPE (IcamApplication, icam_application, ADW_TYPE_APPLICATION)

/* Settings are a comfort: without their schema the window works and remembers nothing. */
static GSettings *
load_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;

  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, ICAM_APP_ID, TRUE);
  return schema != NULL ? g_settings_new (ICAM_APP_ID) : NULL;
}

static void
open_window (IcamApplication *self)
{
  GtkWidget *window
    = icam_window_new (GTK_APPLICATION (self), self->client, self->settings, self->kiosk);

  gtk_window_present (GTK_WINDOW (window));
}

static void
icam_application_activate (GApplication *application)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (window != NULL)
    gtk_window_present (window);
  else
    open_window (ICAM_APPLICATION (application));
}

/* A notification was pressed: in the window that was used last, or in a new one. */
static void
in_window (IcamApplication *self,
           const char      *action,
           GVariant        *parameter)
{
  GtkWindow *window;

  icam_application_activate (G_APPLICATION (self));
  window = gtk_application_get_active_window (GTK_APPLICATION (self));
  if (window != NULL)
    gtk_widget_activate_action_variant (GTK_WIDGET (window), action, parameter);
}

static void
show_camera_action (GSimpleAction *action,
                    GVariant      *parameter,
                    gpointer       user_data)
{
  in_window (user_data, "win.show-camera", parameter);
}

static void
open_event_action (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       user_data)
{
  in_window (user_data, "win.open-event", parameter);
}

static void
new_window_action (GSimpleAction *action,
                   GVariant      *parameter,
                   gpointer       user_data)
{
  open_window (user_data);
}

static void
quit_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  GtkWindow *window;

  /* By their own way, so that they remember what they remember. */
  while ((window = gtk_application_get_active_window (user_data)) != NULL)
    {
      g_object_ref (window);
      gtk_window_close (window);
      gtk_window_destroy (window);
      g_object_unref (window);
    }
  g_application_quit (user_data);
}

static void
about_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       user_data)
{
  adw_show_about_window (gtk_application_get_active_window (user_data), "application-name",
                         ICAM_APP_NAME, "application-icon", ICAM_APP_ID, "version", ICAM_VERSION,
                         "developer-name", _("The In Camera contributors"), "license-type",
                         GTK_LICENSE_GPL_3_0, "comments",
                         _("Records the cameras of your own network at home."),
                         "translator-credits", _("translator-credits"), NULL);
}

static void
settings_action (GSimpleAction *action,
                 GVariant      *parameter,
                 gpointer       user_data)
{
  static const struct
  {
    const char *key, *id;
  } switches[] = {
    { "plain-keys", "plain_keys" },
    { "show-events", "show_events" },
    { "still-jpeg", "still_jpeg" },
    { "notify-trouble", "notify_trouble" },
    { "notify-events", "notify_events" },
  };
  IcamApplication *self = user_data;
  g_autoptr (GtkBuilder) builder
    = gtk_builder_new_from_resource (ICAM_APP_PATH "/icam-settings.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "window"));

  for (guint i = 0; self->settings != NULL && i < G_N_ELEMENTS (switches); i++)
    g_settings_bind (self->settings, switches[i].key,
                     gtk_builder_get_object (builder, switches[i].id), "active",
                     G_SETTINGS_BIND_DEFAULT);
  gtk_window_set_transient_for (window,
                                gtk_application_get_active_window (GTK_APPLICATION (self)));
  gtk_window_present (window);
}

static void
icam_application_startup (GApplication *application)
{
  static const GActionEntry entries[] = {
    { "new-window", new_window_action, NULL, NULL, NULL, { 0 } },
    { "quit", quit_action, NULL, NULL, NULL, { 0 } },
    { "about", about_action, NULL, NULL, NULL, { 0 } },
    { "settings", settings_action, NULL, NULL, NULL, { 0 } },
    { "show-camera", show_camera_action, "s", NULL, NULL, { 0 } },
    { "open-event", open_event_action, "s", NULL, NULL, { 0 } },
  };
  static const struct
  {
    const char *action;
    const char *keys[3];
  } keys[] = {
    { "app.new-window", { "<Control>n", NULL } },
    { "app.quit", { "<Control>q", NULL } },
    { "app.settings", { "<Control>comma", NULL } },
    { "window.close", { "<Control>w", NULL } },
    { "win.show-help-overlay", { "<Control>question", "<Control><Shift>question", NULL } },
  };
  IcamApplication *self = ICAM_APPLICATION (application);

  G_APPLICATION_CLASS (icam_application_parent_class)->startup (application);

  gtk_window_set_default_icon_name (ICAM_APP_ID);
  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), keys[i].action,
                                           (const char *const *) keys[i].keys);
  if (self->kiosk)
    adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                        ADW_COLOR_SCHEME_FORCE_DARK);
  self->settings = load_settings ();
  self->client = icam_client_new ();
  if (self->settings != NULL && !self->kiosk)
    self->notifier = icam_notifier_new (application, self->client, self->settings);
  icam_client_connect (self->client, TRUE);
}

static int
icam_application_handle_local_options (GApplication *application,
                                       GVariantDict *options)
{
  IcamApplication *self = ICAM_APPLICATION (application);

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("%s %s\n", ICAM_APP_NAME, ICAM_VERSION);
      return 0;
    }
  if (g_variant_dict_contains (options, "kiosk"))
    {
      /* A wall of its own, whatever else runs in the session. */
      self->kiosk = TRUE;
      g_application_set_flags (application,
                               g_application_get_flags (application) | G_APPLICATION_NON_UNIQUE);
    }
  return -1;
}

static void
icam_application_finalize (GObject *object)
{
  IcamApplication *self = ICAM_APPLICATION (object);

  g_clear_object (&self->notifier);
  g_clear_object (&self->settings);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_application_parent_class)->finalize (object);
}

static void
icam_application_class_init (IcamApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = icam_application_finalize;
  application_class->activate = icam_application_activate;
  application_class->startup = icam_application_startup;
  application_class->handle_local_options = icam_application_handle_local_options;
}

static void
icam_application_init (IcamApplication *self)
{
  static const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and exit"), NULL },
    { "kiosk", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the wall full screen and nothing else"),
      NULL },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  /* By name, so that the linker keeps them; before anything looks for a style or a template. */
  g_resources_register (icam_get_resource ());
  g_application_add_main_option_entries (G_APPLICATION (self), entries);
}

/** icam_application_new: the application (transfer full) */
IcamApplication *
icam_application_new (void)
{
  return g_object_new (ICAM_TYPE_APPLICATION, "application-id", ICAM_APP_ID, "flags",
                       G_APPLICATION_DEFAULT_FLAGS, "resource-base-path", ICAM_APP_PATH, NULL);
}
