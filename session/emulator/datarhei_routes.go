package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// about answers 200 to every request, and describes the server to known users.
func (d *Datarhei) about(c *Call) *Answer {
	out := Object{"app": "datarhei-core", "auths": []string{"localjwt"}, "version": Object{"number": "16.0.0"}}
	if _, refusal := d.authenticate(c, "access"); refusal != nil {
		return Reply(http.StatusOK, out)
	}
	out["name"], out["id"] = "wandering-river-4711", "7b6bbd7e-1ba8-4a0f-9a3c-2f8a0f1f5e4d"
	out["created_at"] = d.started.UTC().Format(time.RFC3339)
	out["uptime_seconds"] = int64(c.Now.Sub(d.started) / time.Second)
	out["version"] = Object{
		"number": "16.16.0", "repository_commit": "0de97f4", "repository_branch": "main",
		"build_date": "2024-07-29T09:12:45Z", "arch": "linux/amd64", "compiler": "go1.22.5",
	}
	return Reply(http.StatusOK, out)
}

// guard passes only requests with an access token to f.
func (d *Datarhei) guard(f func(*Call) *Answer) func(*Call) *Answer {
	return func(c *Call) *Answer {
		if _, refusal := d.authenticate(c, "access"); refusal != nil {
			return refusal
		}
		return f(c)
	}
}

// elsewhere answers every path without a route, also "/api/". Outside the API, Core
// serves files.
func (d *Datarhei) elsewhere(c *Call) *Answer {
	if !strings.HasPrefix(c.URL.Path, "/api") {
		return Reply(http.StatusNotFound, datarheiError{http.StatusNotFound, "File not found", []string{c.URL.Path}})
	}
	return d.guard(func(*Call) *Answer { return datarheiFail(http.StatusNotFound, "Not Found") })(c)
}

func (d *Datarhei) skills(*Call) *Answer {
	return Reply(http.StatusOK, Object{
		"ffmpeg": Object{
			"version": "6.1.1", "compiler": "gcc 13.2.1",
			"libraries": []Object{{"name": "libavcodec", "compiled": "60.31.102", "linked": "60.31.102"}},
		},
		"codecs":    Object{"video": []Object{{"id": "h264", "name": "H.264 / AVC"}, {"id": "hevc", "name": "H.265 / HEVC"}}},
		"protocols": Object{"input": []Object{{"id": "rtmp"}, {"id": "srt"}}, "output": []Object{{"id": "hls"}}},
	})
}

func (d *Datarhei) processes(c *Call) *Answer {
	created := d.started.Unix()
	process := func(id, reference, order, state string, fps float64) Object {
		return Object{
			"id": id, "reference": reference, "type": "ffmpeg", "created_at": created,
			"state": Object{
				"order": order, "exec": state, "runtime_seconds": int64(c.Now.Sub(d.started) / time.Second),
				"progress": Object{"fps": fps, "bitrate_kbit": fps * 120, "drop": 0, "dup": 0},
			},
		}
	}
	return Reply(http.StatusOK, []Object{
		process("restreamer-ui:ingest:lobby", "lobby", "start", "running", 25),
		process("restreamer-ui:ingest:stage", "stage", "start", "running", 30),
		process("restreamer-ui:egress:archive", "stage", "stop", "finished", 0),
	})
}

// logLines returns the log as lines of text, or with ?format=raw as objects.
func (d *Datarhei) logLines(c *Call) *Answer {
	raw, lines := []Object{}, []string{}
	for _, e := range []struct {
		ago                       time.Duration
		level, component, message string
	}{
		{90 * time.Second, "INFO", "HTTP", "started"},
		{60 * time.Second, "WARN", "Process", "stalled, reconnecting"},
		{5 * time.Second, "INFO", "Process", "running"},
	} {
		at := c.Now.Add(-e.ago).UTC().Format(time.RFC3339)
		raw = append(raw, Object{"ts": at, "component": e.component, "message": e.message})
		lines = append(lines, fmt.Sprintf("ts=%s level=%s component=%q msg=%q", at, e.level, e.component, e.message))
	}
	if c.Query("format") == "raw" {
		return Reply(http.StatusOK, raw)
	}
	return Reply(http.StatusOK, lines)
}

// metadata holds one key, "catalogue": 2000 records, about 300 KiB.
func (d *Datarhei) metadata(c *Call) *Answer {
	if c.PathValue("key") != "catalogue" {
		return datarheiFail(http.StatusNotFound, "Unknown key")
	}
	return Reply(http.StatusOK, Object{"records": SampleRecords(2000)})
}

// SampleRecords returns n records, the same ones on every call.
func SampleRecords(n int) []Object {
	kinds := []string{"lamp", "chair", "table", "shelf", "mirror"}
	out := make([]Object, n)
	for i := range out {
		out[i] = Object{
			"id": fmt.Sprintf("%06d", i+1), "name": fmt.Sprintf("%s %d", kinds[i%len(kinds)], i+1),
			"price": float64(i%9000)/100 + 10, "stock": i * 7 % 50, "available": i%3 != 0,
			"tags": []string{kinds[i%len(kinds)], kinds[(i+2)%len(kinds)]}, "note": nil,
		}
	}
	return out
}
