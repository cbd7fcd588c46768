/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-events-page.h"

#include <glib/gi18n.h>

#include "app/icam-event-card.h"
#include "client/icam-words.h"

#define PAGE 60

struct _IcamEventsPage
{
  AdwBin parent_instance;

  IcamClient *client;
  IcamEventStore *store;
  gint64 last_looked;
  GtkFilterListModel *filtered;
  GtkSliceListModel *sliced;
  GtkCustomFilter *filter;
  char *camera;          /* only this one; NULL: all */
  GPtrArray *choice_ids; /* of the choice's rows; the first one is NULL: all cameras */
  gboolean updating;

  GtkStack *stack;
  AdwStatusPage *error_page;
  GtkLabel *summary_label;
  GtkDropDown *camera_choice;
  GtkWidget *no_match;
  GtkFlowBox *flow;
  GtkWidget *older_button;
};

enum
{
  PROP_0,
  PROP_N_NEW,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (IcamEventsPage, icam_events_page, ADW_TYPE_BIN)

static guint
count_new (IcamEventsPage *self)
{
  GListModel *events = self->store != NULL ? icam_event_store_get_events (self->store) : NULL;
  guint n_events = events != NULL ? g_list_model_get_n_items (events) : 0;
  guint n_new = 0;

  for (guint i = 0; i < n_events; i++)
    {
      g_autoptr (IcamEvent) event = g_list_model_get_item (events, i);

      if (icam_event_get_start (event) <= self->last_looked)
        break;
      n_new++;
    }
  return n_new;
}

static void
update_summary (IcamEventsPage *self)
{
  guint n_new = count_new (self);
  g_autoptr (GString) text = g_string_new (NULL);
  GListModel *cameras = icam_client_get_cameras (self->client);

  if (self->last_looked > 0)
    {
      g_autofree char *since = icam_words_time (self->last_looked, g_get_real_time ());

      if (n_new == 0)
        /* Translators: a time follows, as in "Nothing new since Tuesday 14:03" */
        g_string_append_printf (text, _("Nothing new since %s"), since);
      else
        g_string_append_printf (text,
                                /* Translators: number of events, then a time */
                                ngettext ("%u event since you last looked, %s",
                                          "%u events since you last looked, %s", n_new),
                                n_new, since);
    }
  else
    {
      guint n_events = g_list_model_get_n_items (icam_event_store_get_events (self->store));

      g_string_append_printf (text, ngettext ("%u event", "%u events", n_events), n_events);
    }
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

      if (g_strcmp0 (icam_camera_get_state (camera), "recording") == 0)
        continue;
      /* Translators: a camera's name; ends the sentence about what happened */
      g_string_append_printf (text, _("; %s is not recorded now"), icam_camera_get_name (camera));
      break;
    }
  gtk_label_set_text (self->summary_label, text->str);
}

static void
update (IcamEventsPage *self)
{
  guint n_events, n_shown;
  const GError *error;

  if (self->store == NULL)
    return;
  n_events = g_list_model_get_n_items (icam_event_store_get_events (self->store));
  n_shown = g_list_model_get_n_items (G_LIST_MODEL (self->filtered));
  error = icam_event_store_get_error (self->store);
  if (n_events > 0)
    gtk_stack_set_visible_child_name (self->stack, "list");
  else if (icam_event_store_get_loading (self->store))
    gtk_stack_set_visible_child_name (self->stack, "loading");
  else if (error != NULL)
    {
      g_autofree char *words = icam_words_error (error);

      adw_status_page_set_description (self->error_page, words);
      gtk_stack_set_visible_child_name (self->stack, "error");
    }
  else
    gtk_stack_set_visible_child_name (self->stack, "empty");
  gtk_widget_set_visible (self->no_match, n_events > 0 && n_shown == 0);
  gtk_widget_set_visible (self->older_button,
                          n_shown > gtk_slice_list_model_get_size (self->sliced));
  update_summary (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_NEW]);
}

static gboolean
filter_func (gpointer item,
             gpointer user_data)
{
  IcamEventsPage *self = user_data;

  return self->camera == NULL || g_strcmp0 (self->camera, icam_event_get_camera (item)) == 0;
}

static void
set_camera (IcamEventsPage *self,
            const char     *camera)
{
  if (g_strcmp0 (self->camera, camera) == 0)
    return;
  g_free (self->camera);
  self->camera = g_strdup (camera);
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
  update (self);
}

static void
filter_cb (IcamEventsPage *self)
{
  guint selected = gtk_drop_down_get_selected (self->camera_choice);

  if (!self->updating && self->choice_ids != NULL && selected < self->choice_ids->len)
    set_camera (self, g_ptr_array_index (self->choice_ids, selected));
}

static void
clear_filters_cb (IcamEventsPage *self)
{
  gtk_drop_down_set_selected (self->camera_choice, 0);
}

static void
retry_cb (IcamEventsPage *self)
{
  icam_event_store_reload (self->store);
}

static void
older_cb (IcamEventsPage *self)
{
  gtk_slice_list_model_set_size (self->sliced, gtk_slice_list_model_get_size (self->sliced) + PAGE);
  update (self);
}

static void
cameras_changed_cb (IcamEventsPage *self)
{
  GListModel *cameras = icam_client_get_cameras (self->client);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  guint selected = 0;

  self->updating = TRUE;
  g_clear_pointer (&self->choice_ids, g_ptr_array_unref);
  self->choice_ids = g_ptr_array_new_with_free_func (g_free);
  gtk_string_list_append (names, _("All cameras"));
  g_ptr_array_add (self->choice_ids, NULL);
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

      gtk_string_list_append (names, icam_camera_get_name (camera));
      g_ptr_array_add (self->choice_ids, g_strdup (icam_camera_get_id (camera)));
      if (g_strcmp0 (self->camera, icam_camera_get_id (camera)) == 0)
        selected = i + 1;
    }
  gtk_drop_down_set_model (self->camera_choice, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->camera_choice, selected);
  gtk_widget_set_visible (GTK_WIDGET (self->camera_choice), g_list_model_get_n_items (cameras) > 1);
  self->updating = FALSE;
  if (selected == 0)
    set_camera (self, NULL);
  update (self);
}

static GtkWidget *
create_card (gpointer item,
             gpointer user_data)
{
  IcamEventsPage *self = user_data;
  GtkWidget *child = gtk_flow_box_child_new ();

  /* The card itself is what takes the focus. */
  gtk_widget_set_focusable (child, FALSE);
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child),
                                icam_event_card_new (self->client, self->store, item, FALSE));
  return child;
}

static void
icam_events_page_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_N_NEW:
      g_value_set_uint (value, count_new (ICAM_EVENTS_PAGE (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_events_page_dispose (GObject *object)
{
  IcamEventsPage *self = ICAM_EVENTS_PAGE (object);

  if (self->flow != NULL)
    gtk_flow_box_bind_model (self->flow, NULL, NULL, NULL, NULL);
  if (self->filter != NULL)
    gtk_custom_filter_set_filter_func (self->filter, NULL, NULL, NULL);
  g_clear_object (&self->filtered);
  g_clear_object (&self->sliced);
  g_clear_object (&self->filter);
  g_clear_object (&self->store);
  g_clear_object (&self->client);
  g_clear_pointer (&self->choice_ids, g_ptr_array_unref);
  g_clear_pointer (&self->camera, g_free);
  G_OBJECT_CLASS (icam_events_page_parent_class)->dispose (object);
}

static void
icam_events_page_class_init (IcamEventsPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = icam_events_page_dispose;
  object_class->get_property = icam_events_page_get_property;
  properties[PROP_N_NEW]
    = g_param_spec_uint ("n-new", NULL, NULL, 0, G_MAXUINT, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-events-page.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamEventsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, IcamEventsPage, error_page);
  gtk_widget_class_bind_template_child (widget_class, IcamEventsPage, summary_label);
  gtk_widget_class_bind_template_child (widget_class, IcamEventsPage, camera_choice);
  gtk_widget_class_bind_template_child (widget_class, IcamEventsPage, no_match);
  gtk_widget_class_bind_template_child (widget_class, IcamEventsPage, flow);
  gtk_widget_class_bind_template_child (widget_class, IcamEventsPage, older_button);
  gtk_widget_class_bind_template_callback (widget_class, filter_cb);
  gtk_widget_class_bind_template_callback (widget_class, clear_filters_cb);
  gtk_widget_class_bind_template_callback (widget_class, retry_cb);
  gtk_widget_class_bind_template_callback (widget_class, older_cb);
}

static void
icam_events_page_init (IcamEventsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/** icam_events_page_set_sources: whose events; once */
void
icam_events_page_set_sources (IcamEventsPage *self,
                              IcamClient     *client,
                              IcamEventStore *store)
{
  g_return_if_fail (ICAM_IS_EVENTS_PAGE (self));
  g_return_if_fail (self->client == NULL);

  self->client = g_object_ref (client);
  self->store = g_object_ref (store);
  self->filter = gtk_custom_filter_new (filter_func, self, NULL);
  self->filtered = gtk_filter_list_model_new (g_object_ref (icam_event_store_get_events (store)),
                                              g_object_ref (GTK_FILTER (self->filter)));
  self->sliced
    = gtk_slice_list_model_new (g_object_ref (G_LIST_MODEL (self->filtered)), 0, PAGE);
  gtk_flow_box_bind_model (self->flow, G_LIST_MODEL (self->sliced), create_card, self, NULL);
  g_signal_connect_object (self->filtered, "items-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (icam_event_store_get_events (store), "items-changed",
                           G_CALLBACK (update), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (store, "notify::loading", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (icam_client_get_cameras (client), "items-changed",
                           G_CALLBACK (cameras_changed_cb), self, G_CONNECT_SWAPPED);
  cameras_changed_cb (self);
}

/** icam_events_page_set_last_looked: µs UTC; what began later is new; 0: never */
void
icam_events_page_set_last_looked (IcamEventsPage *self,
                                  gint64          last_looked)
{
  g_return_if_fail (ICAM_IS_EVENTS_PAGE (self));

  self->last_looked = last_looked;
  update (self);
}

/** icam_events_page_focus_event: puts the focus on a card, if it is there: where one came from */
void
icam_events_page_focus_event (IcamEventsPage *self,
                              const char     *event)
{
  g_return_if_fail (ICAM_IS_EVENTS_PAGE (self));

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->flow)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *card = gtk_flow_box_child_get_child (GTK_FLOW_BOX_CHILD (child));

      if (g_strcmp0 (event, icam_event_get_id (icam_event_card_get_event (ICAM_EVENT_CARD (card))))
          != 0)
        continue;
      gtk_widget_grab_focus (card);
      return;
    }
}

/** icam_events_page_show_camera: only this camera's events; NULL: all */
void
icam_events_page_show_camera (IcamEventsPage *self,
                              const char     *camera)
{
  g_return_if_fail (ICAM_IS_EVENTS_PAGE (self));

  for (guint i = 0; self->choice_ids != NULL && i < self->choice_ids->len; i++)
    if (g_strcmp0 (camera, g_ptr_array_index (self->choice_ids, i)) == 0)
      gtk_drop_down_set_selected (self->camera_choice, i);
}
