/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-tile-source.h"

#include "client/icam-player.h"

struct _IcamTileSource
{
  GObject parent_instance;

  IcamClient *client;
  IcamCamera *camera;
  IcamViewpoint *viewpoint;
  gboolean running;
  gboolean pinned; /* live, whatever the viewpoint's time is */
  int width;       /* pixels of the screen */
  gboolean large;

  /* Pictures come from one of these while it runs, never from both. */
  IcamLiveLink *link;
  IcamPlayer *player;
  IcamRole role;
  guint max_width;
  guint renew_source;

  /* At the time asked for, nothing was recorded. */
  gboolean missing;
  IcamGapCause missing_cause;
  gint64 nearest;
};

enum
{
  CHANGED,
  PICTURE,
  RESET,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamTileSource, icam_tile_source, G_TYPE_OBJECT)

static void
changed (IcamTileSource *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
player_picture_cb (IcamTileSource *self,
                   IcamPicture    *picture)
{
  self->missing = FALSE;
  g_signal_emit (self, signals[PICTURE], 0, picture);
  changed (self);
}

static void
player_missing_cb (IcamTileSource *self,
                   gint64          time,
                   IcamGapCause    cause,
                   gint64          nearest)
{
  self->missing = TRUE;
  self->missing_cause = cause;
  self->nearest = nearest;
  changed (self);
}

static void
stop (IcamTileSource *self)
{
  if (self->link != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->link, self);
      icam_live_link_stop (self->link);
      g_clear_object (&self->link);
    }
  if (self->player != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->player, self);
      icam_player_close (self->player);
      g_clear_object (&self->player);
    }
}

static void
choose_stream (IcamTileSource *self,
               IcamRole       *role,
               guint          *max_width)
{
  *role = self->large || !icam_camera_has_role (self->camera, ICAM_ROLE_SUB) ? ICAM_ROLE_MAIN
                                                                             : ICAM_ROLE_SUB;
  /* Decoding at the size that is shown saves what scaling and uploading would cost. */
  if (self->large)
    *max_width = 1920;
  else
    *max_width = self->width <= 320 ? 320 : self->width <= 640 ? 640 : 1280;
}

static void
ask_player (IcamTileSource *self,
            gboolean        exact)
{
  gint64 time = icam_viewpoint_get_time (self->viewpoint);

  if (icam_viewpoint_get_playing (self->viewpoint) && exact)
    icam_player_play (self->player, time, icam_viewpoint_get_rate (self->viewpoint));
  else
    icam_player_show (self->player, time, exact);
}

static void
start (IcamTileSource *self)
{
  if (!self->running)
    return;
  if (icam_tile_source_is_live (self))
    {
      if (self->link != NULL)
        return;
      stop (self);
      choose_stream (self, &self->role, &self->max_width);
      self->link = icam_live_link_new_for_camera (self->camera, self->role, self->max_width);
      g_signal_connect_swapped (self->link, "picture", G_CALLBACK (changed), self);
      g_signal_connect_swapped (self->link, "notify::state", G_CALLBACK (changed), self);
    }
  else
    {
      if (self->player != NULL)
        return;
      stop (self);
      self->missing = FALSE;
      choose_stream (self, &self->role, &self->max_width);
      self->player = icam_player_new (self->client, self->camera, self->role, self->max_width);
      g_signal_connect_swapped (self->player, "picture", G_CALLBACK (player_picture_cb), self);
      g_signal_connect_swapped (self->player, "missing", G_CALLBACK (player_missing_cb), self);
      ask_player (self, TRUE);
    }
}

/* From the beginning: the last live picture must not stand for the past, nor the other way about. */
static void
restart (IcamTileSource *self)
{
  stop (self);
  self->missing = FALSE;
  g_signal_emit (self, signals[RESET], 0);
  start (self);
  changed (self);
}

static void
live_changed_cb (IcamTileSource *self)
{
  if (!self->pinned)
    restart (self);
  else
    changed (self);
}

static gboolean
renew_cb (gpointer user_data)
{
  IcamTileSource *self = user_data;
  IcamRole role;
  guint max_width;

  self->renew_source = 0;
  if (self->link == NULL && self->player == NULL)
    return G_SOURCE_REMOVE;
  choose_stream (self, &role, &max_width);
  if (role != self->role || max_width != self->max_width)
    {
      stop (self);
      start (self);
      changed (self);
    }
  return G_SOURCE_REMOVE;
}

/* Sizes change on every frame of a drag: the streams follow when it rests. */
static void
queue_renew (IcamTileSource *self)
{
  g_clear_handle_id (&self->renew_source, g_source_remove);
  if (self->link != NULL || self->player != NULL)
    self->renew_source = g_timeout_add (200, renew_cb, self);
}

static void
moved_cb (IcamTileSource *self,
          gint64          time,
          gboolean        exact)
{
  if (self->player == NULL)
    return;
  ask_player (self, exact);
  changed (self);
}

static void
playing_changed_cb (IcamTileSource *self)
{
  if (self->player == NULL)
    return;
  if (icam_viewpoint_get_playing (self->viewpoint))
    ask_player (self, TRUE);
  else
    icam_player_pause (self->player);
}

static void
icam_tile_source_dispose (GObject *object)
{
  IcamTileSource *self = ICAM_TILE_SOURCE (object);

  g_clear_handle_id (&self->renew_source, g_source_remove);
  stop (self);
  if (self->viewpoint != NULL)
    g_signal_handlers_disconnect_by_data (self->viewpoint, self);
  if (self->camera != NULL)
    g_signal_handlers_disconnect_by_data (self->camera, self);
  g_clear_object (&self->viewpoint);
  g_clear_object (&self->camera);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_tile_source_parent_class)->dispose (object);
}

static void
icam_tile_source_class_init (IcamTileSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_tile_source_dispose;
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_TILE_SOURCE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[PICTURE] = g_signal_new ("picture", ICAM_TYPE_TILE_SOURCE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[RESET] = g_signal_new ("reset", ICAM_TYPE_TILE_SOURCE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 0);
}

static void
icam_tile_source_init (IcamTileSource *self)
{
}

/**
 * icam_tile_source_new:
 * @client: the recorder
 * @camera: whose pictures
 * @viewpoint: when
 *
 * Returns: (transfer full): a source that does not run yet
 */
IcamTileSource *
icam_tile_source_new (IcamClient    *client,
                      IcamCamera    *camera,
                      IcamViewpoint *viewpoint)
{
  IcamTileSource *self = g_object_new (ICAM_TYPE_TILE_SOURCE, NULL);

  self->client = g_object_ref (client);
  self->camera = g_object_ref (camera);
  self->viewpoint = g_object_ref (viewpoint);
  g_signal_connect_swapped (viewpoint, "notify::live", G_CALLBACK (live_changed_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::playing", G_CALLBACK (playing_changed_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::rate", G_CALLBACK (playing_changed_cb), self);
  g_signal_connect_swapped (viewpoint, "moved", G_CALLBACK (moved_cb), self);
  /* Another channel or stream is another source of pictures. */
  g_signal_connect_swapped (camera, "notify::channel", G_CALLBACK (restart), self);
  g_signal_connect_swapped (camera, "notify::has-sub", G_CALLBACK (queue_renew), self);
  return self;
}

/** icam_tile_source_set_running: only while the tile is seen */
void
icam_tile_source_set_running (IcamTileSource *self,
                              gboolean        running)
{
  g_return_if_fail (ICAM_IS_TILE_SOURCE (self));

  self->running = running;
  if (running)
    {
      start (self);
      return;
    }
  stop (self);
  /* What comes back after a while must not show what was. */
  g_signal_emit (self, signals[RESET], 0);
}

/**
 * icam_tile_source_set_size:
 * @self: a source
 * @width: how wide it is shown, in pixels of the screen
 * @large: it fills the wall: the main stream
 */
void
icam_tile_source_set_size (IcamTileSource *self,
                           int             width,
                           gboolean        large)
{
  g_return_if_fail (ICAM_IS_TILE_SOURCE (self));

  self->width = width;
  self->large = large;
  queue_renew (self);
}

/** icam_tile_source_set_pinned: live, also while the wall shows the past */
void
icam_tile_source_set_pinned (IcamTileSource *self,
                             gboolean        pinned)
{
  gboolean was_live;

  g_return_if_fail (ICAM_IS_TILE_SOURCE (self));

  was_live = icam_tile_source_is_live (self);
  self->pinned = pinned;
  if (was_live != icam_tile_source_is_live (self))
    restart (self);
  else
    changed (self);
}

/** icam_tile_source_get_pinned: whether it is kept live */
gboolean
icam_tile_source_get_pinned (IcamTileSource *self)
{
  g_return_val_if_fail (ICAM_IS_TILE_SOURCE (self), FALSE);
  return self->pinned;
}

/** icam_tile_source_is_live: whether its pictures are those of now */
gboolean
icam_tile_source_is_live (IcamTileSource *self)
{
  g_return_val_if_fail (ICAM_IS_TILE_SOURCE (self), FALSE);
  return self->pinned || icam_viewpoint_get_live (self->viewpoint);
}

/** icam_tile_source_get_link: the live pictures (transfer none), or NULL */
IcamLiveLink *
icam_tile_source_get_link (IcamTileSource *self)
{
  g_return_val_if_fail (ICAM_IS_TILE_SOURCE (self), NULL);
  return self->link;
}

/**
 * icam_tile_source_get_missing:
 * @self: a source
 * @cause: (out): why
 * @nearest: (out): UTC in µs of the nearest recording, 0 if there is none
 *
 * Returns: whether nothing was recorded at the time that is looked at
 */
gboolean
icam_tile_source_get_missing (IcamTileSource *self,
                              IcamGapCause   *cause,
                              gint64         *nearest)
{
  g_return_val_if_fail (ICAM_IS_TILE_SOURCE (self), FALSE);

  *cause = self->missing_cause;
  *nearest = self->nearest;
  return self->missing;
}
