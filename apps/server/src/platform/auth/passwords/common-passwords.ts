/**
 * Common passwords that a length of twelve does not keep out, and the stems that people lengthen with digits. Each is in
 * lower case without signs, as `checkPassword` compares them. Collected by hand from the patterns that lists of leaked
 * passwords share: repeated words, keyboard walks, counted sequences, phrases.
 */
const words = `
password passw0rd pa55word passwort contrasena motdepasse senha parola wachtwoord secret geheim letmein welcome willkommen bienvenido
admin administrator administrador root superuser sysadmin default changeme changeit temporary temppassword master login user guest test testing tester
qwerty qwertyuiop qwertz qwertzuiop azerty azertyuiop asdfgh asdfghjkl zxcvbnm qazwsx qazwsxedc qazwsxedcrfv wsxedc asdf asdfasdf asdfasdfasdf
dragon monkey shadow sunshine princess football baseball basketball superman batman iloveyou iloveu trustno master hello helloworld whatever
starwars pokemon charlie michael jennifer jordan hunter killer computer internet samsung google facebook microsoft apple windows linux
abc abcd abcdef abcdefg abcdefgh abcdefghijkl abcdefghijklm abcabcabcabc aabbccddeeff crisol mlflow machinelearning
summer winter spring autumn january february september october november december monday friday
`;
const whole = `
123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 0123456789 01234567890 012345678901 0123456789012 987654321098
098765432109 1234567890qwerty qwerty1234567 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i q1w2e3r4t5y6 zaq12wsxcde3
passwordpassword password12345 passwordadmin adminpassword adminadminadmin adminadmin rootroot letmeinletmein letmeinplease welcomewelcome
qwertyqwerty qwertyuiopasdf qwertyuiopasdfgh asdfghjklqwerty qazwsxqazwsx zxcvbnmasdfgh poiuytrewq mnbvcxz lkjhgfdsa poiuytrewqlkjhgfdsa
iloveyouiloveyou iloveyou1234 iloveyouforever iloveyousomuch thisismypassword thisisapassword mypassword mypassword1 yourpassword newpassword
changemechangeme changemenow changemeplease passwordispassword nopasswordhere secretpassword supersecret supersecretpassword topsecretpassword
correcthorsebatterystaple opensesame opensesameplease trustnoone trustnobody unitedstates manchesterunited liverpoolfc chelseafc realmadrid
fcbarcelona footballfootball sunshinesunshine princessprincess dragondragon monkeymonkey superman1234 batmanbatman onetwothreefour
abcdefghijkl abcdefghijklmnop abcdefghijklmnopqrstuvwxyz abcd1234abcd abc123abc123 abcabcabcabc aaaabbbbcccc 112233445566 111222333444
121212121212 123123123123 123412341234 123321123321 147258369147 159753159753 159357159357 789456123789 741852963741 102030405060
machinelearning artificialintelligence datascience crisolcrisol crisolpassword crisoladmin kubernetes postgrespostgres postgresql dockerdocker
`;
const split = (text: string) => text.split(/\s+/).filter((word) => word.length > 0);

export const commonPasswords: ReadonlySet<string> = new Set([...split(words), ...split(whole)]);
