package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// EnvPrefix begins the names of the environment variables that are read.
const EnvPrefix = "FIXARCHIVE"

// Load reads file (none when empty), the environment, and those of the flags that a key has and that were given.
func Load(file string, flags *pflag.FlagSet) (Config, error) {
	v := viper.New()
	defaults := reflect.ValueOf(Default())
	for i, key := range keys() {
		v.SetDefault(key, defaults.Field(i).Interface())
	}
	if file != "" {
		if err := readFile(v, file); err != nil {
			return Config{}, fmt.Errorf("%s: %w", file, err)
		}
	}
	v.SetEnvPrefix(EnvPrefix)
	v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	v.AutomaticEnv()
	for _, key := range keys() {
		if flag := flags.Lookup(key); flag != nil {
			if err := v.BindPFlag(key, flag); err != nil {
				return Config{}, err
			}
		}
	}
	return checked(v)
}

func checked(v *viper.Viper) (c Config, err error) {
	if err := v.Unmarshal(&c); err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

// keys lists what may be configured, in the order of Config's fields.
func keys() []string {
	t := reflect.TypeFor[Config]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = t.Field(i).Tag.Get("mapstructure")
	}
	return names
}

// readFile reads the file and checks it by itself, so that an error of its is not blamed on the environment. It
// refuses a key that nobody would read: a mistyped one would otherwise leave its default in place without a word.
func readFile(v *viper.Viper, file string) error {
	v.SetConfigFile(file)
	if err := v.ReadInConfig(); err != nil {
		var unsupported viper.UnsupportedConfigError
		if errors.As(err, &unsupported) {
			return errors.New("its ending says no format that is known: name it .toml, .yaml or .json")
		}
		return err
	}
	known := keys()
	for _, key := range v.AllKeys() {
		if !slices.Contains(known, key) {
			return fmt.Errorf("unknown key %q, want one of %s", key, strings.Join(known, ", "))
		}
	}
	_, err := checked(v)
	return err
}
