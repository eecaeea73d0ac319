package become

import (
	"strings"
	"unicode"
)

// Su becomes another user with su(1), which asks for that user's password in the language of the target.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/su_become.html
var Su = Set.Add(Method{
	Name: "su",
	Plan: func(o Options, _, command string) Plan {
		return Plan{
			Command: words(o.exe("su"), o.flags(""), Quote(o.user()), "-c", Quote(command)),
			Asks:    func(out string) bool { return asks(out, o.Prompts) },
		}
	},
	incorrect:  []string{"Authentication failure", "incorrect password", "Authentication token manipulation error", "Sorry"},
	missing:    []string{"Authentication information cannot be recovered"},
	noTerminal: []string{"must be run from a terminal", "standard in must be a tty"},
})

// passwordWords are how programs ask for a password, in many languages.
var passwordWords = []string{
	"password", "passwort", "kennwort", "mot de passe", "contraseña", "contrasenya", "contrasinal", "senha", "palavra-passe",
	"parola", "parolă", "пароль", "парола", "лозинка", "lozinka", "geslo", "heslo", "hasło", "jelszó", "lösenord", "passord",
	"adgangskode", "kodeord", "lykilorð", "salasana", "parool", "salasõna", "parole", "slaptažodis", "şifre", "wachtwoord",
	"pasahitza", "pasvorto", "cyfrinair", "pasfhocal", "facal-faire", "kata sandi", "kata laluan", "mật khẩu", "κωδικός",
	"συνθηματικό", "סיסמה", "ססמה", "كلمة السر", "كلمة المرور", "گذرواژه", "पासवर्ड", "কূটশব্দ", "รหัสผ่าน",
	"პაროლი", "գաղտնաբառ", "құпия сөз", "密码", "密碼", "口令", "パスワード", "비밀번호", "암호",
}

// asks reports whether output ends with a question for a password: one of the words, and a colon. What stands before the
// word ("root's", "for root") does not matter.
func asks(output string, prompts []string) bool {
	if len(prompts) == 0 {
		prompts = passwordWords
	}
	line := output[strings.LastIndexAny(output, "\n\r")+1:]
	line = strings.TrimRightFunc(line, unicode.IsSpace)
	trimmed := strings.TrimRight(line, ":：")
	if trimmed == line {
		return false
	}
	trimmed = strings.ToLower(strings.TrimRightFunc(trimmed, unicode.IsSpace))
	for _, w := range prompts {
		if strings.Contains(trimmed, strings.ToLower(w)) {
			return true
		}
	}
	return false
}
