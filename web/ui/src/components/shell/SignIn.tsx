// Where the server has credentials configured, its pages ask for one of its keys
// first. The secret goes to the server once; what stays here is its cookie.
import Button from '@cloudscape-design/components/button';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ui } from '@/api/client';
import { ErrorBox } from '@/components/ErrorBox';
import { PageTitle } from '@/components/PageTitle';
import { useT } from '@/lib/i18n';

export function SignIn() {
  const t = useT();
  const client = useQueryClient();
  const [accessKeyId, setId] = useState('');
  const [secretAccessKey, setSecret] = useState('');
  const signIn = useMutation({
    mutationFn: () => ui('signin', { method: 'POST', body: { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() } }),
    onSuccess: () => client.resetQueries(), // nothing asked before belongs to this key
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <form className="sw-signin sw-panel sw-stack" onSubmit={submit}>
      <PageTitle title={t('signIn.title')} />
      <p>{t('signIn.text')}</p>
      <label>
        {t('signIn.id')}
        <input className="sw-field sw-mono" autoComplete="username" spellCheck={false} required value={accessKeyId} onChange={(e) => setId(e.target.value)} />
      </label>
      <label>
        {t('signIn.secret')}
        <input className="sw-field sw-mono" type="password" autoComplete="current-password" required value={secretAccessKey} onChange={(e) => setSecret(e.target.value)} />
      </label>
      {signIn.isError ? <ErrorBox error={signIn.error} /> : null}
      <Button variant="primary" formAction="submit" loading={signIn.isPending} disabled={!accessKeyId.trim() || !secretAccessKey.trim()}>
        {t('signIn.do')}
      </Button>
    </form>
  );
}
