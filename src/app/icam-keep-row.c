/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-keep-row.h"

#include <glib/gi18n.h>

struct _IcamKeepRow
{
  AdwComboRow parent_instance;

  char *default_label;
  gboolean forever; /* whether -1 is offered beside the default */
  GArray *days;     /* of int, as in the model */
  gboolean updating;
};

enum
{
  PROP_DEFAULT_LABEL = 1,
  PROP_FOREVER,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

enum
{
  CHOSEN,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamKeepRow, icam_keep_row, ADW_TYPE_COMBO_ROW)

static char *
words (IcamKeepRow *self,
       int          days)
{
  if (days == 0)
    return g_strdup (self->default_label != NULL ? self->default_label : "");
  if (days < 0)
    return g_strdup (_("While there is room"));
  if (days == 365)
    return g_strdup (_("1 year"));
  return g_strdup_printf (ngettext ("%d day", "%d days", (gulong) days), days);
}

static int
compare_days (gconstpointer a,
              gconstpointer b)
{
  int one = *(const int *) a, other = *(const int *) b;

  /* What is no number stands before the numbers. */
  if ((one <= 0) != (other <= 0))
    return one <= 0 ? -1 : 1;
  return one <= 0 ? other - one : one - other;
}

/* What is offered, with what is set among it. */
static void
offer (IcamKeepRow *self,
       int          set)
{
  static const int usual[] = { 0, -1, 3, 7, 14, 30, 60, 90, 365 };
  g_autoptr (GtkStringList) list = gtk_string_list_new (NULL);
  guint selected = 0;
  gboolean known = FALSE;

  g_array_set_size (self->days, 0);
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (usual[i] != -1 || self->forever || set == -1)
      {
        g_array_append_val (self->days, usual[i]);
        known = known || usual[i] == set;
      }
  if (!known)
    g_array_append_val (self->days, set);
  g_array_sort (self->days, compare_days);

  for (guint i = 0; i < self->days->len; i++)
    {
      int days = g_array_index (self->days, int, i);
      g_autofree char *text = words (self, days);

      gtk_string_list_append (list, text);
      if (days == set)
        selected = i;
    }
  self->updating = TRUE;
  adw_combo_row_set_model (ADW_COMBO_ROW (self), G_LIST_MODEL (list));
  adw_combo_row_set_selected (ADW_COMBO_ROW (self), selected);
  self->updating = FALSE;
}

static void
selected_cb (IcamKeepRow *self)
{
  guint selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self));

  if (!self->updating && selected < self->days->len)
    g_signal_emit (self, signals[CHOSEN], 0, g_array_index (self->days, int, selected));
}

static void
icam_keep_row_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  IcamKeepRow *self = ICAM_KEEP_ROW (object);

  switch (prop_id)
    {
    case PROP_DEFAULT_LABEL:
      g_free (self->default_label);
      self->default_label = g_value_dup_string (value);
      break;
    case PROP_FOREVER:
      self->forever = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
      return;
    }
  offer (self, 0);
}

static void
icam_keep_row_finalize (GObject *object)
{
  IcamKeepRow *self = ICAM_KEEP_ROW (object);

  g_free (self->default_label);
  g_array_unref (self->days);
  G_OBJECT_CLASS (icam_keep_row_parent_class)->finalize (object);
}

static void
icam_keep_row_class_init (IcamKeepRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = icam_keep_row_set_property;
  object_class->finalize = icam_keep_row_finalize;
  properties[PROP_DEFAULT_LABEL] = g_param_spec_string ("default-label", NULL, NULL, NULL, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_FOREVER] = g_param_spec_boolean ("forever", NULL, NULL, FALSE, G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CHOSEN]
    = g_signal_new ("chosen", ICAM_TYPE_KEEP_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
icam_keep_row_init (IcamKeepRow *self)
{
  self->days = g_array_new (FALSE, FALSE, sizeof (int));
  offer (self, 0);
  g_signal_connect (self, "notify::selected", G_CALLBACK (selected_cb), NULL);
}

/** icam_keep_row_set_days: what is set now; nobody is told */
void
icam_keep_row_set_days (IcamKeepRow *self,
                        int          days)
{
  guint selected;

  g_return_if_fail (ICAM_IS_KEEP_ROW (self));

  selected = adw_combo_row_get_selected (ADW_COMBO_ROW (self));
  if (selected >= self->days->len || g_array_index (self->days, int, selected) != days)
    offer (self, days);
}
