package transport

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"tokenring/session/secret"
)

// The variables that name certificates of authorities, in place of those of the
// system (crypto/x509, root_unix.go).
const (
	certFile = "SSL_CERT_FILE"
	certDir  = "SSL_CERT_DIR"
)

// authorityHint says how a certificate becomes known on a system.
func authorityHint(goos string, getenv func(string) string, what string) string {
	if store := systemStore(goos); store != "" {
		return "add " + what + " " + store
	}
	for _, name := range []string{certFile, certDir} {
		if getenv(name) != "" {
			return "add " + what + " to what " + name + " names: " + secret.CleanLine(getenv(name))
		}
	}
	return "add " + what + " to the system's certificates, or name a file with all that you trust in " + certFile
}

// systemStore names the place of authorities on a system where Go reads no variable.
func systemStore(goos string) string {
	switch goos {
	case "darwin", "ios":
		return "to the keychain and trust it there (Keychain Access)"
	case "windows":
		return "to the trusted root certificates (certutil -user -addstore Root FILE)"
	}
	return ""
}

// AuthorityProblem returns why SSL_CERT_FILE or SSL_CERT_DIR cannot help, with what to
// do, or "". Go reads them on Unix systems other than macOS.
func AuthorityProblem(goos string, getenv func(string) string) string {
	for _, name := range []string{certFile, certDir} {
		value := getenv(name)
		if value == "" {
			continue
		}
		if store := systemStore(goos); store != "" {
			return name + " is ignored on this system: add authorities " + store
		}
		if reason := uselessFile(value); name == certFile && reason != "" {
			return name + " names " + secret.CleanLine(value) + ", which " + reason + ": correct or unset it"
		}
		if name == certDir && !someCertificate(filepath.SplitList(value)) {
			return name + " names " + secret.CleanLine(value) + ", where no file holds a certificate: correct or unset it"
		}
	}
	return ""
}

// uselessFile says why a file adds no authority, or "".
func uselessFile(path string) string {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // reading a pipe would wait
		return "is not a file"
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "you may not read"
	case err != nil:
		return "cannot be read"
	case !x509.NewCertPool().AppendCertsFromPEM(text):
		return "holds no certificate in PEM form"
	}
	return ""
}

// someCertificate reports whether a file right in one of the folders holds a
// certificate.
func someCertificate(folders []string) bool {
	for _, folder := range folders {
		entries, _ := os.ReadDir(folder)
		for _, entry := range entries {
			if uselessFile(filepath.Join(folder, entry.Name())) == "" {
				return true
			}
		}
	}
	return false
}
