/* ck/detection.h - the parameters of NON_MAX_SUPPRESSION and DETECT, as parameters.h has those of the other opcodes. */
#ifndef CK_DETECTION_H
#define CK_DETECTION_H

#include "format.h"

/* How the four numbers of a box are meant: two opposite corners y, x, y, x; or centre x, centre y, width, height. */
enum ck_box_form { CK_BOX_CORNERS = 0, CK_BOX_CENTRE = 1 };

/* Boxes f32 [batch, boxes, 4], scores f32 [batch, classes, boxes]. Outputs: indices s32 [rows, columns] (the box, or batch, class and box),
 * scores f32 [rows], count s32 [1]. Of each class the boxes by falling score, equal ones by ascending index, without those that overlap a
 * selected one by more than the threshold, at most `limit`; class after class, batch after batch. The rows behind `count` hold `fill` and 0.
 * overlap = intersection / union, 0 where a box has no area. With decay a box that is not suppressed has its score multiplied by
 * exp(decay * overlap^2) for each selected box, and waits for its turn. NaN scores are never selected. */
typedef struct ck_non_max_suppression_parameters {
  uint32_t batch, classes, boxes; /*  0 */
  uint32_t limit;                 /* 12: 1...boxes */
  uint32_t rows;                  /* 16: at least batch * classes * limit */
  uint32_t columns;               /* 20: 1 or 3 */
  int32_t fill;                   /* 24 */
  uint32_t form;                  /* 28: enum ck_box_form */
  uint32_t includes_threshold;    /* 32: 1: the overlap threshold itself suppresses */
  uint32_t takes_all_scores;      /* 36: 1: no score is too low; else it must be above score_threshold */
  float overlap_threshold;        /* 40 */
  float score_threshold;          /* 44 */
  float decay;                    /* 48: at most 0, which leaves scores as they are */
} ck_non_max_suppression_parameters;

/* Encodings f32 [boxes, box_columns] (y, x, log height, log width of each box relative to its anchor, others ignored), scores f32
 * [boxes, background + classes], anchors f32 [boxes, 4] (y, x, height, width). Outputs: corners f32 [detections * classes_per_box, 4], classes
 * and scores f32 [detections * classes_per_box], count of detections f32 [1]; rows behind them are 0.
 * centre = encoding / scale * anchor size + anchor centre; size = exp(encoding / scale) * anchor size.
 * by_class: each class by itself, at most boxes_per_class, the best `detections` of all. Else the boxes by their best class, each with its
 * classes_per_box best classes. Scores reach the threshold, overlaps do not exceed theirs. Equal scores: the lower class, the lower box. */
typedef struct ck_detect_parameters {
  uint32_t boxes, box_columns;    /*  0 */
  uint32_t classes;               /*  8: without the background */
  uint32_t background;            /* 12: columns of scores before the classes', 0 or 1 */
  uint32_t detections;            /* 16 */
  uint32_t classes_per_box;       /* 20 */
  uint32_t boxes_per_class;       /* 24 */
  uint32_t by_class;              /* 28: 0 or 1 */
  float overlap_threshold;        /* 32 */
  float score_threshold;          /* 36 */
  float y_scale, x_scale;         /* 40 */
  float height_scale, width_scale; /* 48 */
} ck_detect_parameters;

#endif
