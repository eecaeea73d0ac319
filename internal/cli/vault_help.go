package cli

// The texts of `ansible-vault --help` and `ansible-vault ACTION --help`, recorded from ansible-core 2.19.11 at 80 columns:
// the drop-in prints them, and takes the usage of its error messages from their first paragraph.
const ansibleVaultHelp = `usage: ansible-vault [-h] [--version] [-v]
                     {create,decrypt,edit,view,encrypt,encrypt_string,rekey} ...

encryption/decryption utility for Ansible data files

positional arguments:
  {create,decrypt,edit,view,encrypt,encrypt_string,rekey}
    create              Create new vault encrypted file
    decrypt             Decrypt vault encrypted file or string
    edit                Edit vault encrypted file
    view                View vault encrypted file
    encrypt             Encrypt YAML file
    encrypt_string      Encrypt a string
    rekey               Re-key a vault encrypted file

options:
  --version             show program's version number, config file location,
                        configured module search path, module location,
                        executable location and exit
  -h, --help            show this help message and exit
  -v, --verbose         Causes Ansible to print more debug messages. Adding
                        multiple -v will increase the verbosity, the builtin
                        plugins currently evaluate up to -vvvvvv. A reasonable
                        level to start is -vvv, connection debugging might
                        require -vvvv. This argument may be specified multiple
                        times.

See 'ansible-vault <command> --help' for more information on a specific
command.
`

var ansibleVaultActionHelp = map[string]string{
	"create": `usage: ansible-vault create [-h] [--encrypt-vault-id ENCRYPT_VAULT_ID]
                            [--vault-id VAULT_IDS] [-J |
                            --vault-password-file VAULT_PASSWORD_FILES] [-v]
                            [--skip-tty-check]
                            [file_name ...]

positional arguments:
  file_name             Filename

options:
  -h, --help            show this help message and exit
  --encrypt-vault-id ENCRYPT_VAULT_ID
                        the vault id used to encrypt (required if more than
                        one vault-id is provided)
  --vault-id VAULT_IDS  the vault identity to use. This argument may be
                        specified multiple times.
  -J, --ask-vault-password, --ask-vault-pass
                        ask for vault password
  --vault-password-file, --vault-pass-file VAULT_PASSWORD_FILES
                        vault password file
  -v, --verbose         Causes Ansible to print more debug messages. Adding
                        multiple -v will increase the verbosity, the builtin
                        plugins currently evaluate up to -vvvvvv. A reasonable
                        level to start is -vvv, connection debugging might
                        require -vvvv. This argument may be specified multiple
                        times.
  --skip-tty-check      allows editor to be opened when no tty attached
`,
	"decrypt": `usage: ansible-vault decrypt [-h] [--output OUTPUT_FILE]
                             [--vault-id VAULT_IDS] [-J |
                             --vault-password-file VAULT_PASSWORD_FILES] [-v]
                             [file_name ...]

positional arguments:
  file_name             Filename

options:
  -h, --help            show this help message and exit
  --output OUTPUT_FILE  output file name for encrypt or decrypt; use - for
                        stdout
  --vault-id VAULT_IDS  the vault identity to use. This argument may be
                        specified multiple times.
  -J, --ask-vault-password, --ask-vault-pass
                        ask for vault password
  --vault-password-file, --vault-pass-file VAULT_PASSWORD_FILES
                        vault password file
  -v, --verbose         Causes Ansible to print more debug messages. Adding
                        multiple -v will increase the verbosity, the builtin
                        plugins currently evaluate up to -vvvvvv. A reasonable
                        level to start is -vvv, connection debugging might
                        require -vvvv. This argument may be specified multiple
                        times.
`,
	"edit": `usage: ansible-vault edit [-h] [--encrypt-vault-id ENCRYPT_VAULT_ID]
                          [--vault-id VAULT_IDS] [-J |
                          --vault-password-file VAULT_PASSWORD_FILES] [-v]
                          [file_name ...]

positional arguments:
  file_name             Filename

options:
  -h, --help            show this help message and exit
  --encrypt-vault-id ENCRYPT_VAULT_ID
                        the vault id used to encrypt (required if more than
                        one vault-id is provided)
  --vault-id VAULT_IDS  the vault identity to use. This argument may be
                        specified multiple times.
  -J, --ask-vault-password, --ask-vault-pass
                        ask for vault password
  --vault-password-file, --vault-pass-file VAULT_PASSWORD_FILES
                        vault password file
  -v, --verbose         Causes Ansible to print more debug messages. Adding
                        multiple -v will increase the verbosity, the builtin
                        plugins currently evaluate up to -vvvvvv. A reasonable
                        level to start is -vvv, connection debugging might
                        require -vvvv. This argument may be specified multiple
                        times.
`,
	"view": `usage: ansible-vault view [-h] [--vault-id VAULT_IDS] [-J |
                          --vault-password-file VAULT_PASSWORD_FILES] [-v]
                          [file_name ...]

positional arguments:
  file_name             Filename

options:
  -h, --help            show this help message and exit
  --vault-id VAULT_IDS  the vault identity to use. This argument may be
                        specified multiple times.
  -J, --ask-vault-password, --ask-vault-pass
                        ask for vault password
  --vault-password-file, --vault-pass-file VAULT_PASSWORD_FILES
                        vault password file
  -v, --verbose         Causes Ansible to print more debug messages. Adding
                        multiple -v will increase the verbosity, the builtin
                        plugins currently evaluate up to -vvvvvv. A reasonable
                        level to start is -vvv, connection debugging might
                        require -vvvv. This argument may be specified multiple
                        times.
`,
	"encrypt": `usage: ansible-vault encrypt [-h] [--vault-id VAULT_IDS] [-J |
                             --vault-password-file VAULT_PASSWORD_FILES] [-v]
                             [--output OUTPUT_FILE]
                             [--encrypt-vault-id ENCRYPT_VAULT_ID]
                             [file_name ...]

positional arguments:
  file_name             Filename

options:
  -h, --help            show this help message and exit
  --vault-id VAULT_IDS  the vault identity to use. This argument may be
                        specified multiple times.
  -J, --ask-vault-password, --ask-vault-pass
                        ask for vault password
  --vault-password-file, --vault-pass-file VAULT_PASSWORD_FILES
                        vault password file
  -v, --verbose         Causes Ansible to print more debug messages. Adding
                        multiple -v will increase the verbosity, the builtin
                        plugins currently evaluate up to -vvvvvv. A reasonable
                        level to start is -vvv, connection debugging might
                        require -vvvv. This argument may be specified multiple
                        times.
  --output OUTPUT_FILE  output file name for encrypt or decrypt; use - for
                        stdout
  --encrypt-vault-id ENCRYPT_VAULT_ID
                        the vault id used to encrypt (required if more than
                        one vault-id is provided)
`,
	"encrypt_string": `usage: ansible-vault encrypt_string [-h] [--vault-id VAULT_IDS] [-J |
                                    --vault-password-file VAULT_PASSWORD_FILES]
                                    [-v] [--output OUTPUT_FILE]
                                    [--encrypt-vault-id ENCRYPT_VAULT_ID] [-p]
                                    [--show-input] [-n ENCRYPT_STRING_NAMES]
                                    [--stdin-name ENCRYPT_STRING_STDIN_NAME]
                                    [string_to_encrypt ...]

positional arguments:
  string_to_encrypt     String to encrypt

options:
  -h, --help            show this help message and exit
  --vault-id VAULT_IDS  the vault identity to use. This argument may be
                        specified multiple times.
  -J, --ask-vault-password, --ask-vault-pass
                        ask for vault password
  --vault-password-file, --vault-pass-file VAULT_PASSWORD_FILES
                        vault password file
  -v, --verbose         Causes Ansible to print more debug messages. Adding
                        multiple -v will increase the verbosity, the builtin
                        plugins currently evaluate up to -vvvvvv. A reasonable
                        level to start is -vvv, connection debugging might
                        require -vvvv. This argument may be specified multiple
                        times.
  --output OUTPUT_FILE  output file name for encrypt or decrypt; use - for
                        stdout
  --encrypt-vault-id ENCRYPT_VAULT_ID
                        the vault id used to encrypt (required if more than
                        one vault-id is provided)
  -p, --prompt          Prompt for the string to encrypt
  --show-input          Do not hide input when prompted for the string to
                        encrypt
  -n, --name ENCRYPT_STRING_NAMES
                        Specify the variable name. This argument may be
                        specified multiple times.
  --stdin-name ENCRYPT_STRING_STDIN_NAME
                        Specify the variable name for stdin
`,
	"rekey": `usage: ansible-vault rekey [-h] [--vault-id VAULT_IDS] [-J |
                           --vault-password-file VAULT_PASSWORD_FILES] [-v]
                           [--encrypt-vault-id ENCRYPT_VAULT_ID]
                           [--new-vault-password-file NEW_VAULT_PASSWORD_FILE |
                           --new-vault-id NEW_VAULT_ID]
                           [file_name ...]

positional arguments:
  file_name             Filename

options:
  -h, --help            show this help message and exit
  --vault-id VAULT_IDS  the vault identity to use. This argument may be
                        specified multiple times.
  -J, --ask-vault-password, --ask-vault-pass
                        ask for vault password
  --vault-password-file, --vault-pass-file VAULT_PASSWORD_FILES
                        vault password file
  -v, --verbose         Causes Ansible to print more debug messages. Adding
                        multiple -v will increase the verbosity, the builtin
                        plugins currently evaluate up to -vvvvvv. A reasonable
                        level to start is -vvv, connection debugging might
                        require -vvvv. This argument may be specified multiple
                        times.
  --encrypt-vault-id ENCRYPT_VAULT_ID
                        the vault id used to encrypt (required if more than
                        one vault-id is provided)
  --new-vault-password-file NEW_VAULT_PASSWORD_FILE
                        new vault password file for rekey
  --new-vault-id NEW_VAULT_ID
                        the new vault identity to use for rekey
`,
}
