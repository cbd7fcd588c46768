/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-record-rows.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "app/icam-week-grid.h"
#include "client/icam-words.h"

#define MAX_BEFORE_S 30
#define MAX_AFTER_S 600

struct _IcamRecordRows
{
  GObject parent_instance;

  GtkWidget *owner; /* has the rows; weak */
  IcamCamera *camera;
  AdwComboRow *mode_row;
  AdwActionRow *hours_row;
  AdwActionRow *before_row, *after_row;
  GtkSpinButton *before, *after;
  gboolean updating;
  guint asked; /* changes that the recorder has not answered: what it says is older */
};

G_DEFINE_FINAL_TYPE (IcamRecordRows, icam_record_rows, G_TYPE_OBJECT)

static void
set_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (IcamRecordRows) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *words = NULL;

  self->asked--;
  if (icam_dbus_camera_call_set_recording_finish (ICAM_DBUS_CAMERA (source), result, &error) || self->owner == NULL)
    return;
  words = icam_words_error (error);
  gtk_widget_activate_action (self->owner, "win.toast", "s", words);
  icam_record_rows_update (self, self->camera);
}

/* @options: floating. */
static void
set (IcamRecordRows *self,
     GVariant       *options)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (options);
  IcamDBusCamera *proxy = self->camera != NULL ? icam_camera_get_proxy (self->camera) : NULL;

  if (proxy == NULL)
    return;
  self->asked++;
  icam_dbus_camera_call_set_recording (proxy, sunk, NULL, set_cb, g_object_ref (self));
}

/* ---- hours ---- */

/* What a dialog for them needs. */
typedef struct
{
  IcamRecordRows *rows;
  GtkWindow *window;
  IcamWeekGrid *grid;
  GtkSwitch *otherwise;
  GtkWidget *save;
} Hours;

static void
hours_free (gpointer data)
{
  Hours *hours = data;

  g_object_unref (hours->rows);
  g_free (hours);
}

static void
save_cb (Hours *hours)
{
  g_autofree char *text = icam_schedule_format (icam_week_grid_get_schedule (hours->grid));
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&options, "mode", "s", icam_record_mode_to_string (ICAM_RECORD_SCHEDULE));
  g_variant_dict_insert (&options, "schedule", "s", text);
  g_variant_dict_insert (&options, "events-otherwise", "b", gtk_switch_get_active (hours->otherwise));
  set (hours->rows, g_variant_dict_end (&options));
  gtk_window_close (hours->window);
}

/* Closed without saving: what was set is shown again. */
static gboolean
close_cb (Hours *hours)
{
  if (hours->rows->owner != NULL)
    icam_record_rows_update (hours->rows, hours->rows->camera);
  return GDK_EVENT_PROPAGATE;
}

static void
grid_changed_cb (Hours *hours)
{
  g_autofree char *text = icam_schedule_format (icam_week_grid_get_schedule (hours->grid));

  gtk_widget_set_sensitive (hours->save, *text != '\0');
}

static GtkWidget *
make_header (Hours *hours)
{
  GtkWidget *header = adw_header_bar_new (), *cancel = gtk_button_new_with_mnemonic (_("_Cancel"));

  hours->save = gtk_button_new_with_mnemonic (_("_Save"));
  gtk_widget_add_css_class (hours->save, "suggested-action");
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_set_show_end_title_buttons (ADW_HEADER_BAR (header), FALSE);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), cancel);
  adw_header_bar_pack_end (ADW_HEADER_BAR (header), hours->save);
  g_signal_connect_swapped (cancel, "clicked", G_CALLBACK (gtk_window_close), hours->window);
  g_signal_connect_swapped (hours->save, "clicked", G_CALLBACK (save_cb), hours);
  return header;
}

static GtkWidget *
make_content (Hours *hours)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18), *list = gtk_list_box_new (), *row = adw_action_row_new ();
  GtkWidget *hint = gtk_label_new (_("Paint the hours in which it is recorded."));

  hours->grid = ICAM_WEEK_GRID (icam_week_grid_new ());
  hours->otherwise = GTK_SWITCH (gtk_switch_new ());
  gtk_widget_set_valign (GTK_WIDGET (hours->otherwise), GTK_ALIGN_CENTER);
  gtk_label_set_wrap (GTK_LABEL (hint), TRUE);
  gtk_label_set_xalign (GTK_LABEL (hint), 0);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _("At other hours, when something happens"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), GTK_WIDGET (hours->otherwise));
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), GTK_WIDGET (hours->otherwise));
  gtk_list_box_append (GTK_LIST_BOX (list), row);
  gtk_box_append (GTK_BOX (box), hint);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (hours->grid));
  gtk_box_append (GTK_BOX (box), list);
  gtk_widget_set_margin_top (box, 12);
  gtk_widget_set_margin_bottom (box, 18);
  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  return box;
}

static GtkEventController *
make_escape (void)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (
    GTK_SHORTCUT_CONTROLLER (keys),
    gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0), gtk_named_action_new ("window.close")));
  return keys;
}

static void
choose_hours (IcamRecordRows *self)
{
  IcamDBusCamera *proxy = self->camera != NULL ? icam_camera_get_proxy (self->camera) : NULL;
  GtkRoot *root = gtk_widget_get_root (self->owner);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *content, *header;
  const char *text;
  IcamSchedule schedule;
  Hours *hours;

  if (proxy == NULL || root == NULL)
    return;
  hours = g_new0 (Hours, 1);
  hours->rows = g_object_ref (self);
  hours->window = GTK_WINDOW (adw_window_new ());
  g_object_set_data_full (G_OBJECT (hours->window), "hours", hours, hours_free);
  gtk_window_set_title (hours->window, _("Hours"));
  gtk_window_set_modal (hours->window, TRUE);
  gtk_window_set_transient_for (hours->window, GTK_WINDOW (root));
  gtk_window_set_default_size (hours->window, MIN (560, gtk_widget_get_width (GTK_WIDGET (root)) - 12), -1);
  header = make_header (hours);
  content = make_content (hours);
  gtk_box_append (GTK_BOX (box), header);
  gtk_box_append (GTK_BOX (box), content);
  adw_window_set_content (ADW_WINDOW (hours->window), box);

  text = icam_dbus_camera_get_schedule (proxy);
  /* Who opens it for the first time sees what it is like: nights and weekends. */
  if (text == NULL || *text == '\0' || !icam_schedule_parse (text, &schedule))
    icam_schedule_parse ("mo-fr 18:00-08:00; sa-su 00:00-24:00", &schedule);
  icam_week_grid_set_schedule (hours->grid, &schedule);
  gtk_switch_set_active (hours->otherwise, icam_dbus_camera_get_events_otherwise (proxy));
  gtk_widget_add_controller (GTK_WIDGET (hours->window), make_escape ());
  g_signal_connect_swapped (hours->grid, "changed", G_CALLBACK (grid_changed_cb), hours);
  g_signal_connect_swapped (hours->window, "close-request", G_CALLBACK (close_cb), hours);
  gtk_window_present (hours->window);
  gtk_widget_grab_focus (GTK_WIDGET (hours->grid));
}

/* ---- the rows ---- */

static void
mode_cb (IcamRecordRows *self)
{
  guint selected = adw_combo_row_get_selected (self->mode_row);
  GVariantDict options;

  if (self->updating || selected >= ICAM_N_RECORD_MODES)
    return;
  if (selected == ICAM_RECORD_SCHEDULE)
    {
      choose_hours (self);
      return;
    }
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "mode", "s", icam_record_mode_to_string ((IcamRecordMode) selected));
  set (self, g_variant_dict_end (&options));
}

static void
seconds_cb (IcamRecordRows *self,
            GtkSpinButton  *button)
{
  GVariantDict options;

  if (self->updating)
    return;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, button == self->before ? "before" : "after", "i", gtk_spin_button_get_value_as_int (button));
  set (self, g_variant_dict_end (&options));
}

static GtkSpinButton *
add_seconds (IcamRecordRows *self,
             AdwActionRow   *row,
             int             most)
{
  GtkWidget *button = gtk_spin_button_new_with_range (0, most, 1);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  icam_accessible_set_label (button, adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)));
  adw_action_row_add_suffix (row, button);
  adw_action_row_set_activatable_widget (row, button);
  g_signal_connect_object (button, "value-changed", G_CALLBACK (seconds_cb), self, G_CONNECT_SWAPPED);
  return GTK_SPIN_BUTTON (button);
}

static void
icam_record_rows_dispose (GObject *object)
{
  IcamRecordRows *self = ICAM_RECORD_ROWS (object);

  g_clear_weak_pointer (&self->owner);
  g_clear_object (&self->camera);
  G_OBJECT_CLASS (icam_record_rows_parent_class)->dispose (object);
}

static void
icam_record_rows_class_init (IcamRecordRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_record_rows_dispose;
}

static void
icam_record_rows_init (IcamRecordRows *self)
{
}

/** icam_record_rows_new: (transfer full): fills the rows of @owner */
IcamRecordRows *
icam_record_rows_new (GtkWidget    *owner,
                      AdwComboRow  *mode_row,
                      AdwActionRow *hours_row,
                      AdwActionRow *before_row,
                      AdwActionRow *after_row)
{
  IcamRecordRows *self = g_object_new (ICAM_TYPE_RECORD_ROWS, NULL);
  /* In the order of IcamRecordMode. */
  const char *const modes[] = { _("Always"), _("When something happens"), _("By hours of the week…"), _("Not at all"), NULL };
  g_autoptr (GtkStringList) list = gtk_string_list_new (modes);
  GtkWidget *button = gtk_button_new_with_mnemonic (_("Chan_ge…"));

  g_set_weak_pointer (&self->owner, owner);
  self->mode_row = mode_row;
  self->hours_row = hours_row;
  self->before_row = before_row;
  self->after_row = after_row;
  self->updating = TRUE;
  adw_combo_row_set_model (mode_row, G_LIST_MODEL (list));
  self->updating = FALSE;
  g_signal_connect_object (mode_row, "notify::selected", G_CALLBACK (mode_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  icam_accessible_set_label (button, _("Change hours"));
  g_signal_connect_object (button, "clicked", G_CALLBACK (choose_hours), self, G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (hours_row, button);
  self->before = add_seconds (self, before_row, MAX_BEFORE_S);
  self->after = add_seconds (self, after_row, MAX_AFTER_S);
  return self;
}

/** icam_record_rows_update: shows what is set of @camera */
void
icam_record_rows_update (IcamRecordRows *self,
                         IcamCamera     *camera)
{
  IcamDBusCamera *proxy = camera != NULL ? icam_camera_get_proxy (camera) : NULL;
  IcamRecordMode mode = ICAM_RECORD_ALWAYS;
  g_autofree char *hours = NULL;
  g_autofree char *escaped = NULL;
  gboolean events;

  g_return_if_fail (ICAM_IS_RECORD_ROWS (self));

  g_set_object (&self->camera, camera);
  gtk_widget_set_sensitive (GTK_WIDGET (self->mode_row), proxy != NULL);
  if (proxy == NULL || self->asked > 0)
    return;
  icam_record_mode_from_string (icam_dbus_camera_get_record_mode (proxy), &mode);
  events = mode == ICAM_RECORD_EVENTS || (mode == ICAM_RECORD_SCHEDULE && icam_dbus_camera_get_events_otherwise (proxy));
  hours = icam_words_record_plan (icam_record_mode_to_string (mode), icam_dbus_camera_get_schedule (proxy),
                                  icam_dbus_camera_get_events_otherwise (proxy));
  escaped = g_markup_escape_text (hours, -1);

  self->updating = TRUE;
  adw_combo_row_set_selected (self->mode_row, mode);
  adw_action_row_set_subtitle (self->hours_row, escaped);
  gtk_spin_button_set_value (self->before, icam_dbus_camera_get_record_before (proxy));
  gtk_spin_button_set_value (self->after, icam_dbus_camera_get_record_after (proxy));
  gtk_widget_set_visible (GTK_WIDGET (self->hours_row), mode == ICAM_RECORD_SCHEDULE);
  gtk_widget_set_visible (GTK_WIDGET (self->before_row), events);
  gtk_widget_set_visible (GTK_WIDGET (self->after_row), events);
  self->updating = FALSE;
}
