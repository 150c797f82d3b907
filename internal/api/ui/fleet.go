package ui

import (
	"net/http"
	"slices"
	"strings"

	"skywatch/internal/fleet"
	"skywatch/internal/inventory"
)

func (h *Handler) getFleet(r *request) (any, error) {
	if err := known(r, "start", "end", "points"); err != nil {
		return nil, err
	}
	kind := strings.TrimPrefix(r.URL.Path, prefix+"fleet/")
	if !slices.Contains(inventory.Kinds, kind) {
		return nil, refuse(http.StatusNotFound, "NotFound", "no fleet of kind %q, want one of %s", kind, strings.Join(inventory.Kinds, ", "))
	}
	start, end, err := h.rangeParams(r)
	if err != nil {
		return nil, err
	}
	points, err := intParam(r, "points", 48, 1, fleet.MaxPoints)
	if err != nil {
		return nil, err
	}
	return h.cfg.Fleet.Table(r.Context(), r.scope, kind, start, end, points)
}

func (h *Handler) getThresholds(r *request) (any, error) {
	if err := known(r); err != nil {
		return nil, err
	}
	return h.cfg.Fleet.Thresholds(r.Context(), r.scope)
}

func (h *Handler) putThresholds(r *request) (any, error) {
	if err := known(r); err != nil {
		return nil, err
	}
	body, err := readBody(r)
	if err != nil {
		return nil, err
	}
	t, err := fleet.ParseThresholds(body)
	if err != nil {
		return nil, err
	}
	if err := h.cfg.Fleet.SetThresholds(r.Context(), r.scope, t); err != nil {
		return nil, err
	}
	return t, nil
}
