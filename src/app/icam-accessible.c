/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-accessible.h"

#include <string.h>

/**
 * icam_accessible_set_label:
 * @widget: a widget
 * @label: what it is called
 *
 * Gives a widget exactly this name. A button is otherwise also called by its child, which for an icon is the
 * name of a class.
 */
void
icam_accessible_set_label (GtkWidget  *widget,
                           const char *label)
{
  g_return_if_fail (GTK_IS_WIDGET (widget));
  g_return_if_fail (label != NULL);

  gtk_accessible_reset_relation (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

/**
 * icam_accessible_name_buttons:
 * @root: a widget whose template is there
 *
 * Calls each button that shows only an icon by its tooltip, without the key that is named there.
 */
void
icam_accessible_name_buttons (GtkWidget *root)
{
  g_return_if_fail (GTK_IS_WIDGET (root));

  if (GTK_IS_BUTTON (root) && gtk_button_get_icon_name (GTK_BUTTON (root)) != NULL
      && gtk_widget_get_tooltip_text (root) != NULL)
    {
      g_autofree char *label = g_strdup (gtk_widget_get_tooltip_text (root));
      char *key = strstr (label, " (");

      if (key != NULL)
        *key = '\0';
      icam_accessible_set_label (root, label);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    icam_accessible_name_buttons (child);
}
