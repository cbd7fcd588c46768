/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive-upkeep.h"
#include "discovery/icam-discovery.h"
#include "recorder/icam-service.h"

G_BEGIN_DECLS

/* The Manager object on the bus. */
#define ICAM_TYPE_MANAGER (icam_manager_get_type ())
G_DECLARE_FINAL_TYPE (IcamManager, icam_manager, ICAM, MANAGER, GObject)

/* Raised when something is added to the interface. */
#define ICAM_API_VERSION 1

IcamManager *icam_manager_new             (IcamService        *service,
                                           IcamDiscovery      *discovery);
void         icam_manager_ready           (IcamManager        *self);
void         icam_manager_tell_event      (IcamManager        *self,
                                           const IcamEventRow *row);
void         icam_manager_tell_recordings (IcamManager        *self,
                                           const char         *camera,
                                           gint64              from);
void         icam_manager_set_oldest      (IcamManager        *self,
                                           gint64              oldest);
gint64       icam_manager_get_oldest      (IcamManager        *self);
void         icam_manager_set_age         (IcamManager        *self,
                                           IcamAge             age);

G_END_DECLS
