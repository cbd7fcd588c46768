/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-models.h"

#include "client/icam-client-private.h"

struct _IcamClientModels
{
  GObject parent_instance;
  GListStore *cameras; /* of IcamCamera */
  GListStore *found;   /* of IcamDBusFound */
};

G_DEFINE_FINAL_TYPE (IcamClientModels, icam_client_models, G_TYPE_OBJECT)

static int
compare_cameras (gconstpointer a,
                 gconstpointer b,
                 gpointer      user_data)
{
  IcamCamera *one = (IcamCamera *) a;
  IcamCamera *other = (IcamCamera *) b;

  if (icam_camera_get_position (one) != icam_camera_get_position (other))
    return icam_camera_get_position (one) < icam_camera_get_position (other) ? -1 : 1;
  if (icam_camera_get_added (one) != icam_camera_get_added (other))
    return icam_camera_get_added (one) < icam_camera_get_added (other) ? -1 : 1;
  return g_strcmp0 (icam_camera_get_id (one), icam_camera_get_id (other));
}

static int
compare_found (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  IcamDBusFound *one = (IcamDBusFound *) a;
  IcamDBusFound *other = (IcamDBusFound *) b;
  const char *one_name = icam_dbus_found_get_name (one);
  const char *other_name = icam_dbus_found_get_name (other);
  int order = g_utf8_collate (one_name != NULL ? one_name : "", other_name != NULL ? other_name : "");

  return order != 0 ? order
                    : g_strcmp0 (g_dbus_proxy_get_object_path (G_DBUS_PROXY (one)),
                                 g_dbus_proxy_get_object_path (G_DBUS_PROXY (other)));
}

/* Moves one item only, so that the widgets of the others stay. */
static void
put_in_order (GListStore       *store,
              gpointer          item,
              GCompareDataFunc  compare)
{
  guint position;
  g_autoptr (GObject) kept = g_object_ref (item);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (store));

  if (g_list_store_find (store, item, &position))
    {
      g_autoptr (GObject) before = position > 0 ? g_list_model_get_item (G_LIST_MODEL (store), position - 1) : NULL;
      g_autoptr (GObject) after = g_list_model_get_item (G_LIST_MODEL (store), position + 1);

      if ((before == NULL || compare (before, item, NULL) < 0)
          && (after == NULL || compare (item, after, NULL) < 0))
        return;
      g_list_store_remove (store, position);
      n--;
    }

  /* Not insert_sorted(): while several move, the rest is not in order. */
  for (position = 0; position < n; position++)
    {
      g_autoptr (GObject) other = g_list_model_get_item (G_LIST_MODEL (store), position);

      if (compare (item, other, NULL) < 0)
        break;
    }
  g_list_store_insert (store, position, kept);
}

static void
on_camera_position (IcamCamera       *camera,
                    GParamSpec       *pspec,
                    IcamClientModels *self)
{
  put_in_order (self->cameras, camera, compare_cameras);
}

static void
on_found_name (IcamDBusFound    *found,
               GParamSpec       *pspec,
               IcamClientModels *self)
{
  if (icam_dbus_found_get_name (found) != NULL)
    put_in_order (self->found, found, compare_found);
}

/** icam_client_models_lookup_camera: by its UUID (transfer none), or NULL */
IcamCamera *
icam_client_models_lookup_camera (IcamClientModels *self,
                                  const char       *id)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->cameras));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (G_LIST_MODEL (self->cameras), i);

      if (g_strcmp0 (icam_camera_get_id (camera), id) == 0)
        return camera; /* the list holds it */
    }

  return NULL;
}

/** icam_client_models_take_camera: the recorder shows it: a new one, or one that was known before it restarted */
void
icam_client_models_take_camera (IcamClientModels *self,
                                IcamDBusCamera   *proxy)
{
  IcamCamera *known;
  g_autoptr (IcamCamera) camera = NULL;

  if (!icam_camera_proxy_is_sane (proxy))
    {
      g_warning ("The recorder shows a camera without an id at %s.",
                 g_dbus_proxy_get_object_path (G_DBUS_PROXY (proxy)));
      return;
    }

  known = icam_client_models_lookup_camera (self, icam_dbus_camera_get_id (proxy));
  if (known != NULL)
    {
      icam_camera_set_proxy (known, proxy);
      return;
    }

  camera = icam_camera_new (proxy);
  g_signal_connect_object (camera, "notify::position", G_CALLBACK (on_camera_position), self, 0);
  put_in_order (self->cameras, camera, compare_cameras);
}

/** icam_client_models_drop_camera: it was removed */
void
icam_client_models_drop_camera (IcamClientModels *self,
                                IcamCamera       *camera)
{
  g_autoptr (IcamCamera) kept = g_object_ref (camera);
  guint position;

  g_signal_handlers_disconnect_by_func (camera, on_camera_position, self);
  if (g_list_store_find (self->cameras, camera, &position))
    g_list_store_remove (self->cameras, position);
  icam_camera_gone (camera);
}

/** icam_client_models_take_found: it is out there */
void
icam_client_models_take_found (IcamClientModels *self,
                               IcamDBusFound    *found)
{
  if (g_list_store_find (self->found, found, NULL))
    return;
  g_signal_connect_object (found, "notify::name", G_CALLBACK (on_found_name), self, 0);
  put_in_order (self->found, found, compare_found);
}

/** icam_client_models_drop_found: it is there no more */
void
icam_client_models_drop_found (IcamClientModels *self,
                               IcamDBusFound    *found)
{
  guint position;

  g_signal_handlers_disconnect_by_func (found, on_found_name, self);
  if (g_list_store_find (self->found, found, &position))
    g_list_store_remove (self->found, position);
}

/** icam_client_models_drop_all_found: nobody looks any more */
void
icam_client_models_drop_all_found (IcamClientModels *self)
{
  g_autoptr (IcamDBusFound) found = NULL;

  while ((found = g_list_model_get_item (G_LIST_MODEL (self->found), 0)) != NULL)
    {
      icam_client_models_drop_found (self, found);
      g_clear_object (&found);
    }
}

/** icam_client_models_get_cameras: of IcamCamera, in their order on the wall (transfer none) */
GListModel *
icam_client_models_get_cameras (IcamClientModels *self)
{
  return G_LIST_MODEL (self->cameras);
}

/** icam_client_models_get_found: of IcamDBusFound, by name (transfer none) */
GListModel *
icam_client_models_get_found (IcamClientModels *self)
{
  return G_LIST_MODEL (self->found);
}

static void
icam_client_models_finalize (GObject *object)
{
  IcamClientModels *self = ICAM_CLIENT_MODELS (object);

  g_clear_object (&self->cameras);
  g_clear_object (&self->found);

  G_OBJECT_CLASS (icam_client_models_parent_class)->finalize (object);
}

static void
icam_client_models_class_init (IcamClientModelsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_client_models_finalize;
}

static void
icam_client_models_init (IcamClientModels *self)
{
  self->cameras = g_list_store_new (ICAM_TYPE_CAMERA);
  self->found = g_list_store_new (ICAM_DBUS_TYPE_FOUND_PROXY);
}

/** icam_client_models_new: empty models (transfer full) */
IcamClientModels *
icam_client_models_new (void)
{
  return g_object_new (ICAM_TYPE_CLIENT_MODELS, NULL);
}
