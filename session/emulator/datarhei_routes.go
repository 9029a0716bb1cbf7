package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The routes of a Core that show something.

type datarheiAbout struct {
	App       string          `json:"app"`
	Auths     []string        `json:"auths"`
	Name      string          `json:"name,omitempty"`
	ID        string          `json:"id,omitempty"`
	CreatedAt string          `json:"created_at,omitempty"`
	Uptime    *int64          `json:"uptime_seconds,omitempty"`
	Version   datarheiVersion `json:"version"`
}

type datarheiVersion struct {
	Number   string `json:"number"`
	Commit   string `json:"repository_commit,omitempty"`
	Branch   string `json:"repository_branch,omitempty"`
	Date     string `json:"build_date,omitempty"`
	Arch     string `json:"arch,omitempty"`
	Compiler string `json:"compiler,omitempty"`
}

// about answers 200 to everybody, but only says who it is to those it knows.
func (d *Datarhei) about(c *call) *answer {
	if d.opts.DenyAddress {
		return datarheiFail(http.StatusForbidden, "Forbidden")
	}
	if !d.open() {
		if _, refusal := d.authenticate(c, "access"); refusal != nil {
			if d.opts.IAM && c.Header.Get("Authorization") != "" {
				return refusal
			}
			return reply(http.StatusOK, datarheiAbout{
				App: "datarhei-core", Auths: d.auths(), Version: datarheiVersion{Number: "16.0.0"},
			})
		}
	}
	uptime := int64(c.now.Sub(d.started) / time.Second)
	return reply(http.StatusOK, datarheiAbout{
		App:       "datarhei-core",
		Auths:     d.auths(),
		Name:      "wandering-river-4711",
		ID:        "7b6bbd7e-1ba8-4a0f-9a3c-2f8a0f1f5e4d",
		CreatedAt: d.started.UTC().Format(time.RFC3339),
		Uptime:    &uptime,
		Version: datarheiVersion{
			Number: "16.16.0", Commit: "0de97f4", Branch: "main",
			Date: "2024-07-29T09:12:45Z", Arch: "linux/amd64", Compiler: "go1.22.5",
		},
	})
}

func (d *Datarhei) open() bool { return d.opts.AuthDisabled || d.opts.OpenToLocalhost }

func (d *Datarhei) auths() []string {
	auths := []string{}
	if d.opts.AuthDisabled {
		return auths
	}
	auths = append(auths, "localjwt")
	if d.opts.Auth0 != nil {
		auths = append(auths, d.opts.Auth0.advertise())
	}
	return auths
}

// guard lets only requests with an access token through to f.
func (d *Datarhei) guard(f func(*call) *answer) func(*call) *answer {
	return func(c *call) *answer {
		if d.opts.DenyAddress {
			return datarheiFail(http.StatusForbidden, "Forbidden")
		}
		if d.open() {
			return f(c)
		}
		subject, refusal := d.authenticate(c, "access")
		if refusal != nil {
			return refusal
		}
		if u := d.users.byName(subject); d.opts.IAM && c.URL.Path == "/api/v3/log" && (u == nil || !u.Is("admin")) {
			return datarheiFail(http.StatusForbidden, "access denied")
		}
		return f(c)
	}
}

// elsewhere answers every path without a route, "/api/" included.
func (d *Datarhei) elsewhere(c *call) *answer {
	missing := func(*call) *answer { return datarheiFail(http.StatusNotFound, "Not Found") }
	if !strings.HasPrefix(c.URL.Path, "/api") {
		return missing(c)
	}
	return d.guard(missing)(c)
}

func (d *Datarhei) skills(*call) *answer {
	return reply(http.StatusOK, object{
		"ffmpeg": object{
			"version": "6.1.1", "compiler": "gcc 13.2.1",
			"libraries": []object{{"name": "libavcodec", "compiled": "60.31.102", "linked": "60.31.102"}},
		},
		"codecs":    object{"video": []object{{"id": "h264", "name": "H.264 / AVC"}, {"id": "hevc", "name": "H.265 / HEVC"}}},
		"protocols": object{"input": []object{{"id": "rtmp"}, {"id": "srt"}}, "output": []object{{"id": "hls"}}},
	})
}

func (d *Datarhei) processes(c *call) *answer {
	created := d.started.Unix()
	process := func(id, reference, order, state string, fps float64) object {
		return object{
			"id": id, "reference": reference, "type": "ffmpeg", "created_at": created,
			"state": object{
				"order": order, "exec": state, "runtime_seconds": int64(c.now.Sub(d.started) / time.Second),
				"progress": object{"fps": fps, "bitrate_kbit": fps * 120, "drop": 0, "dup": 0},
			},
		}
	}
	return reply(http.StatusOK, []object{
		process("restreamer-ui:ingest:lobby", "lobby", "start", "running", 25),
		process("restreamer-ui:ingest:stage", "stage", "start", "running", 30),
		process("restreamer-ui:egress:archive", "stage", "stop", "finished", 0),
	})
}

func (d *Datarhei) logLines(c *call) *answer {
	line := func(ago time.Duration, level, component, message string) object {
		return object{"ts": c.now.Add(-ago).Unix(), "level": level, "component": component, "message": message}
	}
	return reply(http.StatusOK, []object{
		line(90*time.Second, "info", "HTTP", "started"),
		line(60*time.Second, "warn", "Process", "stalled, reconnecting"),
		line(5*time.Second, "info", "Process", "running"),
	})
}

// metadata holds one key, "catalogue": 2000 records, about 300 KiB.
func (d *Datarhei) metadata(c *call) *answer {
	if c.PathValue("key") != "catalogue" {
		return datarheiFail(http.StatusNotFound, "Unknown key")
	}
	return reply(http.StatusOK, object{"records": sampleRecords(2000)})
}

// sampleRecords makes n records that are the same at every call.
func sampleRecords(n int) []object {
	kinds := []string{"lamp", "chair", "table", "shelf", "mirror"}
	out := make([]object, n)
	for i := range out {
		out[i] = object{
			"id": fmt.Sprintf("%06d", i+1), "name": fmt.Sprintf("%s %d", kinds[i%len(kinds)], i+1),
			"price": float64(i%9000)/100 + 10, "stock": i * 7 % 50, "available": i%3 != 0,
			"tags": []string{kinds[i%len(kinds)], kinds[(i+2)%len(kinds)]}, "note": nil,
		}
	}
	return out
}
