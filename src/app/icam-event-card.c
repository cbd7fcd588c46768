/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-event-card.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "client/icam-words.h"

struct _IcamEventCard
{
  GtkButton parent_instance;

  IcamClient *client;
  IcamEventStore *store;
  IcamEvent *event;
  GtkWidget *picture;
  GtkWidget *placeholder;
};

G_DEFINE_FINAL_TYPE (IcamEventCard, icam_event_card, GTK_TYPE_BUTTON)

static void
update_picture (IcamEventCard *self)
{
  GdkTexture *texture = icam_event_store_get_thumbnail (self->store, self->event);

  gtk_picture_set_paintable (GTK_PICTURE (self->picture), GDK_PAINTABLE (texture));
  gtk_widget_set_visible (self->placeholder, texture == NULL);
}

static void
thumbnail_cb (IcamEventCard *self,
              const char    *id)
{
  if (g_strcmp0 (id, icam_event_get_id (self->event)) == 0)
    update_picture (self);
}

/* Pictures are asked for when somebody looks. */
static void
icam_event_card_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (icam_event_card_parent_class)->map (widget);
  update_picture (ICAM_EVENT_CARD (widget));
}

static void
clicked_cb (IcamEventCard *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-event", "s",
                              icam_event_get_id (self->event));
}

static void
icam_event_card_dispose (GObject *object)
{
  IcamEventCard *self = ICAM_EVENT_CARD (object);

  g_clear_object (&self->store);
  g_clear_object (&self->client);
  g_clear_object (&self->event);
  G_OBJECT_CLASS (icam_event_card_parent_class)->dispose (object);
}

static void
icam_event_card_class_init (IcamEventCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_event_card_dispose;
  GTK_WIDGET_CLASS (klass)->map = icam_event_card_map;
}

static void
icam_event_card_init (IcamEventCard *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "icam-event");
  gtk_widget_add_css_class (GTK_WIDGET (self), "flat");
  g_signal_connect (self, "clicked", G_CALLBACK (clicked_cb), NULL);
}

static GtkWidget *
make_label (const char *text,
            const char *css_class,
            float       xalign)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return label;
}

/**
 * icam_event_card_new:
 * @client: the recorder
 * @store: where its picture comes from
 * @event: what happened
 * @compact: a row instead of a card
 *
 * Its accessible name is as "Motion, Front door, 14:03:11".
 *
 * Returns: (transfer floating): the card
 */
GtkWidget *
icam_event_card_new (IcamClient     *client,
                     IcamEventStore *store,
                     IcamEvent      *event,
                     gboolean        compact)
{
  IcamEventCard *self = g_object_new (ICAM_TYPE_EVENT_CARD, NULL);
  IcamCamera *camera = icam_client_lookup_camera (client, icam_event_get_camera (event));
  /* Its camera may have been removed since; what it recorded is still there. */
  const char *name = camera != NULL ? icam_camera_get_name (camera) : _("Former camera");
  const char *kind = icam_words_event_kind (icam_event_get_kind (event));
  gint64 now = g_get_real_time ();
  gint64 start = icam_event_get_start (event), end = icam_event_get_end (event);
  g_autofree char *when = icam_words_time (start, now);
  g_autofree char *duration = icam_words_duration (MAX (end - start, G_USEC_PER_SEC));
  g_autofree char *accessible = g_strdup_printf ("%s, %s, %s", kind, name, when);
  g_autofree char *detail = NULL;
  GtkWidget *box, *words, *overlay, *room, *times;

  self->client = g_object_ref (client);
  self->store = g_object_ref (store);
  self->event = g_object_ref (event);

  /* Translators: what happened, then how long it took, as in "Motion · 12 s" */
  detail = end > 0 ? g_strdup_printf (_("%s · %s"), kind, duration)
                   /* Translators: what happens, as in "Motion · now" */
                   : g_strdup_printf (_("%s · now"), kind);

  self->picture = gtk_picture_new ();
  gtk_picture_set_content_fit (GTK_PICTURE (self->picture), GTK_CONTENT_FIT_CONTAIN);
  gtk_picture_set_can_shrink (GTK_PICTURE (self->picture), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->picture), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Picture of the event"), -1);
  self->placeholder = gtk_image_new_from_icon_name ("icam-motion-symbolic");
  gtk_image_set_pixel_size (GTK_IMAGE (self->placeholder), compact ? 16 : 32);
  gtk_widget_set_can_target (self->placeholder, FALSE);
  gtk_widget_set_halign (self->placeholder, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (self->placeholder, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->placeholder, "dim-label");
  overlay = gtk_overlay_new ();
  gtk_widget_add_css_class (overlay, "icam-thumbnail");
  gtk_widget_set_overflow (overlay, GTK_OVERFLOW_HIDDEN);
  /* The room is always the same, however large the picture is. */
  room = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_set_size_request (room, compact ? 96 : 256, compact ? 54 : 144);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), room);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->picture);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->placeholder);

  words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  gtk_widget_set_valign (words, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (words, TRUE);
  times = make_label (when, "numeric", compact ? 0 : 1);
  if (compact)
    {
      gtk_box_append (GTK_BOX (words), make_label (name, "heading", 0));
      gtk_box_append (GTK_BOX (words), make_label (detail, "caption", 0));
      gtk_widget_add_css_class (times, "caption");
      gtk_widget_add_css_class (times, "dim-label");
      gtk_box_append (GTK_BOX (words), times);
    }
  else
    {
      GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
      GtkWidget *title = make_label (name, "heading", 0);

      gtk_widget_set_hexpand (title, TRUE);
      gtk_box_append (GTK_BOX (line), title);
      gtk_box_append (GTK_BOX (line), times);
      gtk_box_append (GTK_BOX (words), line);
      gtk_box_append (GTK_BOX (words), make_label (detail, "caption", 0));
    }
  box = gtk_box_new (compact ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL,
                     compact ? 10 : 6);
  gtk_box_append (GTK_BOX (box), overlay);
  gtk_box_append (GTK_BOX (box), words);
  gtk_button_set_child (GTK_BUTTON (self), box);
  gtk_widget_set_halign (GTK_WIDGET (self), compact ? GTK_ALIGN_FILL : GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), _("Show the recording, from five seconds before"));
  icam_accessible_set_label (GTK_WIDGET (self), accessible);
  g_signal_connect_object (store, "thumbnail", G_CALLBACK (thumbnail_cb), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

/** icam_event_card_get_event: what is shown (transfer none) */
IcamEvent *
icam_event_card_get_event (IcamEventCard *self)
{
  g_return_val_if_fail (ICAM_IS_EVENT_CARD (self), NULL);
  return self->event;
}
