package datafolder

import (
	"fmt"
	"path/filepath"

	"skywatch/internal/manifest"
	"skywatch/internal/metricstore"
)

// metrics checks the metric engine's folder.
func (v *verifier) metrics(root string) error {
	dir := filepath.Join(root, metricsDir)
	if _, err := v.fs.Stat(dir); err != nil {
		v.damage(dir, err)
		return nil
	}
	path := filepath.Join(dir, manifest.Name)
	c, err := metricstore.ReadContents(v.fs, dir)
	if err != nil || v.size(path) > 0 { // earlier versions have none before their first segment
		v.begin(path, v.size(path))
	}
	v.manifestCopy(dir, metricstore.ManifestKind)
	if err == nil && c.Damage != nil {
		v.damage(path, fmt.Errorf("%w (the next start puts its copy, which is whole, in its place)", c.Damage))
	}
	if err != nil {
		v.damage(path, err)
		return nil
	}
	sealed := c.Keys
	if c.Bounds != "" {
		sealed = append(sealed, c.Bounds)
	}
	for _, path := range sealed {
		v.begin(path, v.size(path))
		v.report.Blocks++
		if _, err := metricstore.InspectSealed(v.fs, path); err != nil {
			v.damage(path, err)
		}
	}
	for _, s := range c.Segments {
		if err := v.metricSegment(s); err != nil {
			return err
		}
	}
	return v.wal(c.WALDir, c.WALFrom, metricstore.CheckRecord)
}

func (v *verifier) metricSegment(file metricstore.SegmentFile) error {
	v.begin(file.Path, v.size(file.Path))
	s, err := metricstore.InspectSegment(v.fs, file.Path)
	if err != nil {
		v.damage(file.Path, err)
		return nil
	}
	defer s.Close() // it was only read
	if s.Size() != file.Size {
		v.damage(file.Path, fmt.Errorf("has %d bytes, the manifest says %d", s.Size(), file.Size))
		return nil
	}
	for _, b := range s.Blocks() {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		v.report.Blocks++
		if err := s.Check(b); err != nil {
			v.report.DamagedBlocks++
			v.damage(file.Path, err)
		}
	}
	return nil
}
